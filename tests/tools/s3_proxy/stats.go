package main

import (
	"sync/atomic"
)

// operationStats counts one operation: GET, HEAD, PUT, POST, DELETE (of objects) or LIST.
type operationStats struct {
	Requests  uint64            `json:"requests"`
	Keys      int               `json:"keys"`
	MaxPerKey uint64            `json:"max_per_key"`
	MaxKey    string            `json:"max_key"`
	PerKey    map[string]uint64 `json:"per_key,omitempty"`
}

// stats is what GET /stats answers.
type stats struct {
	Requests       uint64                     `json:"requests"`
	Operations     map[string]*operationStats `json:"operations"`
	Connections    uint64                     `json:"connections"` // accepted, also those reset at once by an outage
	Refused        uint64                     `json:"refused"`     // of them, those reset at once
	Faults         map[string]uint64          `json:"faults"`      // injected, by kind
	InFlightMax    int64                      `json:"in_flight_max"`
	BytesSent      int64                      `json:"bytes_sent"`     // bodies, to clients
	BytesReceived  int64                      `json:"bytes_received"` // bodies, from clients
	TargetFailures uint64                     `json:"target_failures"`
}

type counters struct {
	requests, connections, refused, targetFailures atomic.Uint64
	bytesSent, bytesReceived, inFlight             atomic.Int64
}

// Stats of all since the start or the last Reset.
func (p *Proxy) Stats(perKey bool) *stats {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	s := &stats{
		Requests:       p.requests.Load(),
		Operations:     map[string]*operationStats{},
		Connections:    p.connections.Load(),
		Refused:        p.refused.Load(),
		Faults:         map[string]uint64{},
		InFlightMax:    p.inFlightMax,
		BytesSent:      p.bytesSent.Load(),
		BytesReceived:  p.bytesReceived.Load(),
		TargetFailures: p.targetFailures.Load(),
	}
	for kind, count := range p.injected {
		s.Faults[kind] = count
	}
	for operation, keys := range p.perKey {
		o := &operationStats{Keys: len(keys)}
		for key, count := range keys {
			o.Requests += count
			if count > o.MaxPerKey || (count == o.MaxPerKey && key < o.MaxKey) {
				o.MaxPerKey, o.MaxKey = count, key
			}
		}
		if perKey {
			o.PerKey = map[string]uint64{}
			for key, count := range keys {
				o.PerKey[key] = count
			}
		}
		s.Operations[operation] = o
	}
	return s
}

// Reset sets all counts to zero and lets the faults start again; it ends an outage.
func (p *Proxy) Reset() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.requests.Store(0)
	p.connections.Store(0)
	p.refused.Store(0)
	p.targetFailures.Store(0)
	p.bytesSent.Store(0)
	p.bytesReceived.Store(0)
	p.inFlightMax = 0
	p.perKey = map[string]map[string]uint64{}
	p.injected = map[string]uint64{}
	p.restartFaults()
}
