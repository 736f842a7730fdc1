package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
)

// Kinds of faults.
const (
	k503      = "503"       // SlowDown, not forwarded
	k500      = "500"       // InternalError, not forwarded
	k403      = "403"       // AccessDenied, not forwarded
	k404      = "404"       // NoSuchKey, not forwarded
	kNoBucket = "no-bucket" // 404 NoSuchBucket, not forwarded
	kFull     = "full"      // 507 XMinioStorageFull, as MinIO says it; not forwarded
	kExpired  = "expired"   // 400 ExpiredToken, not forwarded
	kReplaced = "replaced"  // forwarded; the answer is that of another object: another ETag, and a JPEG comment more
	kChanged  = "changed"   // 412 PreconditionFailed to a request with If-Match, not forwarded
	kTimeout  = "timeout"   // held for `seconds`, then the connection closes without an answer; not forwarded
	kReset    = "reset"     // the connection is reset; not forwarded
	kLost     = "lost"      // forwarded, but the connection is reset instead of the answer
	kCut      = "cut"       // forwarded; the connection closes after half of the answer's body
	kSlow     = "slow"      // forwarded; the answer's body takes `seconds`
	kOutage   = "outage"    // all connections are reset, and new ones for `seconds`; once
)

var kinds = []string{k503, k500, k403, k404, kNoBucket, kFull, kExpired, kReplaced, kChanged, kTimeout, kReset, kLost, kCut, kSlow, kOutage}

// Fault is one entry of the list; of several that fit a request the first is injected.
//
// Whether it fits the n-th request (n from 1) of one operation on one key depends on the seed, its place in the list, the
// operation, the key and n, never on the order in which requests for several keys arrive. `max` alone looks at all keys.
type Fault struct {
	Kind               string  `json:"kind"`
	Rate               float64 `json:"rate"`                 // chance of each request; default 1
	Every              uint64  `json:"every"`                // n divisible by it only
	First              uint64  `json:"first"`                // n up to it only
	Max                uint64  `json:"max"`                  // at most so many in all
	Seconds            float64 `json:"seconds"`              // timeout, slow and outage; default 30, 5 and 2
	StartAfterRequests uint64  `json:"start_after_requests"` // of an outage
	Match              struct {
		Method    string `json:"method"`     // GET, HEAD, PUT, POST, DELETE, or LIST; default any
		Key       string `json:"key"`        // expression found in the raw path and query, as /bucket/key
		AccessKey string `json:"access_key"` // of the signature
	} `json:"match"`
	key      *regexp.Regexp
	injected uint64
}

// ParseFaults refuses unknown fields, kinds and values out of range.
func ParseFaults(text []byte) ([]*Fault, error) {
	faults := []*Fault{}
	if len(bytes.TrimSpace(text)) == 0 {
		return faults, nil
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, fmt.Errorf("faults: %w", err)
	}
	for i, entry := range entries {
		fault := &Fault{Rate: 1}
		decoder := json.NewDecoder(bytes.NewReader(entry))
		decoder.DisallowUnknownFields()
		err := decoder.Decode(fault)
		if err == nil {
			err = fault.prepare()
		}
		if err != nil {
			return nil, fmt.Errorf("fault %d: %w", i, err)
		}
		faults = append(faults, fault)
	}
	return faults, nil
}

func (f *Fault) prepare() error {
	if !slices.Contains(kinds, f.Kind) {
		return fmt.Errorf("kind %q: expected one of %s", f.Kind, strings.Join(kinds, ", "))
	}
	if f.Rate < 0 || f.Rate > 1 {
		return fmt.Errorf("rate %v: expected 0 to 1", f.Rate)
	}
	if f.Seconds < 0 {
		return fmt.Errorf("seconds %v: expected 0 or more", f.Seconds)
	}
	if f.Seconds == 0 {
		f.Seconds = map[string]float64{kTimeout: 30, kSlow: 5, kOutage: 2}[f.Kind]
	}
	var err error
	f.key, err = regexp.Compile(f.Match.Key)
	return err
}

// A number in [0, 1) that depends on nothing but the arguments.
func chance(seed uint64, place int, operation, key string, n uint64) float64 {
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%d\x00%d\x00%s\x00%s\x00%d", seed, place, operation, key, n)
	// FNV's high bits are weak on short inputs: mixed as MurmurHash3's finalizer does.
	x := hash.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}

// fits the n-th request of an operation on a key, where total requests came before or are this one. The caller counts it
// in `injected`.
func (f *Fault) fits(seed uint64, place int, r *request, n, total uint64) bool {
	if f.Kind == kOutage {
		return f.injected == 0 && total > f.StartAfterRequests
	}
	switch {
	case f.Match.Method != "" && f.Match.Method != r.operation,
		f.Match.AccessKey != "" && f.Match.AccessKey != r.accessKey,
		f.Kind == kChanged && !r.ifMatch,
		f.Every > 0 && n%f.Every != 0,
		f.First > 0 && n > f.First,
		f.Max > 0 && f.injected >= f.Max,
		!f.key.MatchString(r.target):
		return false
	}
	return f.Rate >= 1 || chance(seed, place, r.operation, r.key, n) < f.Rate
}
