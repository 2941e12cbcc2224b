import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

heard = []


class Greeter(BaseHTTPRequestHandler):
    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/heard":
            heard.append(event["text"])
            self.send_response(204)
            self.end_headers()
            return
        text = f"{os.environ['GREETING']}, {event['name']}!"
        body = json.dumps({"text": text}).encode()
        self.send_response(200)
        self.send_header("ce-specversion", "1.0")
        self.send_header("ce-id", self.headers["ce-id"] + "-greeting")
        self.send_header("ce-source", "/lab/greeter")
        self.send_header("ce-type", "dev.lab.greeting.said.v1")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        body = json.dumps(heard).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("", int(os.environ["PORT"])), Greeter).serve_forever()
