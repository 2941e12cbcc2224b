// Takes its time, one request at a time, and says who it is and how many it had at once.
const { createServer } = require("node:http");

let atOnce = 0;
const server = createServer((request, response) => {
  atOnce += 1;
  const most = atOnce;
  setTimeout(() => {
    atOnce -= 1;
    response.end(JSON.stringify({ pid: process.pid, most }));
  }, 2_500);
});
server.listen(process.env.PORT);
process.once("SIGTERM", () => server.close(() => process.exit(0)));
