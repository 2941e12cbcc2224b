//go:build ignore

// Writes messages.txt: how Kubernetes writes the kinds that the simulated cluster serves in protobuf,
// from the Go types that do it. In a folder of its own, with the k8s.io/client-go that is wanted:
//
//	go mod init messages && go get k8s.io/client-go@v0.36.3 && go run messages.go > messages.txt
//
// A line is a kind and its message, or a message and its fields, number:name:type. A field without
// a name stands for its own fields (inline in JSON); one with ! is told even when it is 0, "" or false.
package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
)

var special = map[reflect.Type]string{
	reflect.TypeOf(metav1.Time{}): "time", reflect.TypeOf(metav1.MicroTime{}): "microTime",
	reflect.TypeOf(resource.Quantity{}): "quantity", reflect.TypeOf(intstr.IntOrString{}): "intOrString",
	reflect.TypeOf(metav1.FieldsV1{}): "json", reflect.TypeOf(runtime.RawExtension{}): "json",
}
var messages = map[string]string{}

func typeOf(t reflect.Type) string {
	if s, ok := special[t]; ok {
		return s
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeOf(t.Elem())
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int32, reflect.Int64, reflect.Int, reflect.Uint8:
		return "int"
	case reflect.Float64:
		return "double"
	case reflect.Map:
		return "map:" + typeOf(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "list:" + typeOf(t.Elem())
	case reflect.Struct:
		return walk(t)
	}
	panic(t.String())
}
func nameOf(t reflect.Type) string {
	p := strings.TrimPrefix(strings.TrimPrefix(t.PkgPath(), "k8s.io/api/"), "k8s.io/apimachinery/pkg/apis/")
	return strings.ReplaceAll(p, "/", ".") + "." + t.Name()
}

func walk(t reflect.Type) string {
	n := nameOf(t)
	if _, ok := messages[n]; ok {
		return n
	}
	messages[n] = ""
	m := []string{}
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		pb := f.Tag.Get("protobuf")
		if pb == "" || pb == "-" {
			continue // TypeMeta: it stands in the envelope
		}
		parts := strings.Split(pb, ",")
		js := strings.Split(f.Tag.Get("json"), ",")
		name, keep := js[0], "!"
		for _, o := range js[1:] {
			if o == "omitempty" && f.Type.Kind() != reflect.Pointer {
				keep = ""
			}
			if o == "inline" {
				name = ""
			}
		}
		if len(js) == 1 && js[0] == "" {
			panic(n + f.Name)
		}
		if s := special[f.Type]; s != "" {
			keep = "!"
		}
		ty := typeOf(f.Type)
		if name == "" {
			keep = ""
		}
		m = append(m, parts[1]+":"+name+":"+ty+keep)
	}
	messages[n] = strings.Join(m, " ")
	return n
}

// Kinds that the simulated cluster serves, by API version.
var served = map[string]string{
	"v1":                              "Namespace Node Pod Event ConfigMap Secret Service ServiceAccount Endpoints PersistentVolume PersistentVolumeClaim LimitRange ResourceQuota ReplicationController",
	"apps/v1":                         "Deployment ReplicaSet StatefulSet DaemonSet ControllerRevision",
	"batch/v1":                        "Job CronJob",
	"autoscaling/v1":                  "Scale HorizontalPodAutoscaler",
	"autoscaling/v2":                  "HorizontalPodAutoscaler",
	"policy/v1":                       "PodDisruptionBudget Eviction",
	"networking.k8s.io/v1":            "Ingress IngressClass NetworkPolicy",
	"discovery.k8s.io/v1":             "EndpointSlice",
	"storage.k8s.io/v1":               "StorageClass",
	"scheduling.k8s.io/v1":            "PriorityClass",
	"coordination.k8s.io/v1":          "Lease",
	"events.k8s.io/v1":                "Event",
	"rbac.authorization.k8s.io/v1":    "Role RoleBinding ClusterRole ClusterRoleBinding",
	"authorization.k8s.io/v1":         "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview LocalSubjectAccessReview",
	"authentication.k8s.io/v1":        "SelfSubjectReview TokenReview TokenRequest",
	"admissionregistration.k8s.io/v1": "MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding",
}

func main() {
	lines := []string{"v1/DeleteOptions = " + walk(reflect.TypeOf(metav1.DeleteOptions{}))}
	for gvk, t := range scheme.Scheme.AllKnownTypes() {
		if slices.Contains(strings.Fields(served[gvk.GroupVersion().String()]), gvk.Kind) {
			lines = append(lines, gvk.GroupVersion().String()+"/"+gvk.Kind+" = "+walk(t))
		}
	}
	for name, fields := range messages {
		lines = append(lines, strings.TrimSpace(name+" "+fields))
	}
	slices.Sort(lines)
	fmt.Println(strings.Join(lines, "\n"))
}
