// s3_proxy stands between an S3 client and a server, adds latency and faults, and counts.
//
//	s3_proxy --target 127.0.0.1:7070 --latency 30ms --seed 7 --faults '[{"kind": "503", "rate": 0.1}]'
//
// It prints one line of JSON, {"listen": "127.0.0.1:PORT", "control": "127.0.0.1:PORT"}, and ends when its stdin ends.
// Heads and bodies pass as they are, byte for byte: keys stay raw and signatures valid. Each connection of a client has
// one to the server.
//
// The control port answers GET /stats (with ?keys=1 also the count of every key), POST /reset (counts to zero, so that
// the faults start again), POST /faults (a JSON list), POST /latency (a duration, as "30ms") and POST /seed (a number).
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

func readFaults(text string) ([]*Fault, error) {
	if text != "" && !strings.HasPrefix(strings.TrimSpace(text), "[") {
		data, err := os.ReadFile(text)
		if err != nil {
			return nil, fmt.Errorf("--faults: %w", err)
		}
		text = string(data)
	}
	return ParseFaults([]byte(text))
}

// Answers the control port; every change takes effect with the next request.
func controlHandler(proxy *Proxy) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(proxy.Stats(r.URL.Query().Get("keys") != ""))
	})
	set := func(path string, apply func(body string) error) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				err = apply(string(body))
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
			}
		})
	}
	set("/reset", func(string) error { proxy.Reset(); return nil })
	set("/faults", func(body string) error {
		faults, err := ParseFaults([]byte(body))
		if err == nil {
			proxy.SetFaults(faults)
		}
		return err
	})
	set("/latency", func(body string) error {
		latency, err := time.ParseDuration(body)
		if err == nil {
			proxy.latency.Store(int64(latency))
		}
		return err
	})
	set("/seed", func(body string) error {
		seed, err := strconv.ParseUint(body, 10, 64)
		if err == nil {
			proxy.SetSeed(seed)
		}
		return err
	})
	return mux
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("s3_proxy: ")
	listen := flag.String("listen", "127.0.0.1:0", "where clients connect; port 0 takes a free one")
	control := flag.String("control", "127.0.0.1:0", "where counts are read and faults are set")
	target := flag.String("target", "", "host:port of the server")
	latency := flag.Duration("latency", 0, "waited before each request is forwarded")
	seed := flag.Uint64("seed", 1, "of the faults with a rate")
	faultText := flag.String("faults", "", "JSON list of faults, or a file with one")
	flag.Parse()
	if *target == "" || flag.NArg() > 0 {
		log.Fatal("expected --target HOST:PORT and no other words")
	}
	faults, err := readFaults(*faultText)
	if err != nil {
		log.Fatal(err)
	}
	// One thread and rare collections: the proxy shares the machine with what is measured.
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(400)

	proxy := NewProxy(*target, *seed, *latency, faults)
	clients, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	controls, err := net.Listen("tcp", *control)
	if err != nil {
		log.Fatal(err)
	}
	go http.Serve(controls, controlHandler(proxy))
	go func() { log.Fatal(proxy.Serve(clients)) }()
	fmt.Printf("{\"listen\": %q, \"control\": %q}\n", clients.Addr(), controls.Addr())
	io.Copy(io.Discard, os.Stdin)
}
