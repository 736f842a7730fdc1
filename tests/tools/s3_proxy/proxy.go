package main

import (
	"bufio"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const bufferSize = 32 << 10

// Proxy passes requests from its listener on to one server.
type Proxy struct {
	counters
	target      string
	latency     atomic.Int64 // nanoseconds
	outageUntil atomic.Int64 // unix nanoseconds

	mutex       sync.Mutex
	seed        uint64
	faults      []*Fault
	since       uint64                       // requests since the faults were set
	perKey      map[string]map[string]uint64 // requests by operation and key
	attempts    map[string]uint64            // the same since the faults were set
	injected    map[string]uint64
	inFlightMax int64
	open        map[net.Conn]struct{} // of clients
}

func NewProxy(target string, seed uint64, latency time.Duration, faults []*Fault) *Proxy {
	p := &Proxy{target: target, seed: seed, faults: faults, open: map[net.Conn]struct{}{}}
	p.latency.Store(int64(latency))
	p.Reset()
	return p
}

// SetFaults replaces the faults; their counting of requests starts again, and an outage ends.
func (p *Proxy) SetFaults(faults []*Fault) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.faults = faults
	p.restartFaults()
}

// SetSeed takes another seed; the faults start again.
func (p *Proxy) SetSeed(seed uint64) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.seed = seed
	p.restartFaults()
}

func (p *Proxy) restartFaults() {
	p.since = 0
	p.attempts = map[string]uint64{}
	for _, fault := range p.faults {
		fault.injected = 0
	}
	p.outageUntil.Store(0)
}

// decide counts the request and chooses its fault; nil for none.
func (p *Proxy) decide(r *request) *Fault {
	p.requests.Add(1)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	keys := p.perKey[r.operation]
	if keys == nil {
		keys = map[string]uint64{}
		p.perKey[r.operation] = keys
	}
	keys[r.key]++
	p.since++
	p.inFlightMax = max(p.inFlightMax, p.inFlight.Load())
	if len(p.faults) == 0 {
		return nil
	}
	attempt := r.operation + " " + r.key
	p.attempts[attempt]++
	for place, fault := range p.faults {
		if fault.fits(p.seed, place, r, p.attempts[attempt], p.since) {
			fault.injected++
			p.injected[fault.Kind]++
			return fault
		}
	}
	return nil
}

func seconds(value float64) time.Duration { return time.Duration(value * float64(time.Second)) }

// startOutage resets every open connection; Serve resets new ones until it is over.
func (p *Proxy) startOutage(length time.Duration) {
	p.outageUntil.Store(time.Now().Add(length).UnixNano())
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for conn := range p.open {
		reset(conn)
	}
}

func (p *Proxy) inOutage() bool {
	until := p.outageUntil.Load()
	return until != 0 && time.Now().UnixNano() < until
}

// reset closes with RST instead of FIN.
func reset(conn net.Conn) {
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

// Serve until the listener fails.
func (p *Proxy) Serve(listener net.Listener) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		p.connections.Add(1)
		if p.inOutage() {
			p.refused.Add(1)
			reset(conn)
			continue
		}
		p.mutex.Lock()
		p.open[conn] = struct{}{}
		p.mutex.Unlock()
		go p.serveClient(conn)
	}
}

func (p *Proxy) serveClient(conn net.Conn) {
	if quiet, err := newQuietConn(conn); err == nil {
		s := &session{
			proxy:  p,
			client: conn,
			from:   bufio.NewReaderSize(quiet, bufferSize),
			to:     bufio.NewWriterSize(quiet, bufferSize),
		}
		for s.serveOne() {
		}
		s.closeTarget()
	}
	conn.Close()
	p.mutex.Lock()
	delete(p.open, conn)
	p.mutex.Unlock()
}
