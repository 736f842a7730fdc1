package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

const (
	slowPieces = 20
	trusted    = 100 * time.Millisecond // a connection used since then is not looked at again
)

var answers = map[string][3]string{
	k503:      {"503 Slow Down", "SlowDown", "Please reduce your request rate."},
	k500:      {"500 Internal Server Error", "InternalError", "We encountered an internal error. Please try again."},
	k403:      {"403 Forbidden", "AccessDenied", "Access Denied."},
	k404:      {"404 Not Found", "NoSuchKey", "The specified key does not exist."},
	kNoBucket: {"404 Not Found", "NoSuchBucket", "The specified bucket does not exist."},
	kFull:     {"507 Insufficient Storage", "XMinioStorageFull", "Storage backend has reached its minimum free drive threshold."},
	kExpired:  {"400 Bad Request", "ExpiredToken", "The provided token has expired."},
	kChanged:  {"412 Precondition Failed", "PreconditionFailed", "At least one of the preconditions you specified did not hold."},
}

// session is one connection of a client and the one to the server that goes with it.
type session struct {
	proxy      *Proxy
	client     net.Conn
	from       *bufio.Reader
	to         *bufio.Writer
	target     net.Conn
	targetFrom *bufio.Reader
	targetTo   *bufio.Writer
	head       []byte
	answerHead []byte
	lastAnswer time.Time
}

// serveOne takes one request to its end; false where the connection is over.
func (s *session) serveOne() bool {
	var err error
	if s.head, err = readHead(s.from, s.head[:0]); err != nil {
		return false
	}
	r, err := parseRequest(s.head)
	if err != nil {
		return false
	}
	p := s.proxy
	p.inFlight.Add(1)
	defer p.inFlight.Add(-1)
	fault := p.decide(r)
	if wait := p.latency.Load(); wait > 0 {
		time.Sleep(time.Duration(wait))
	}
	if fault == nil {
		return s.forward(r, "", 0)
	}
	switch fault.Kind {
	case kOutage:
		p.startOutage(seconds(fault.Seconds))
		return false
	case kReset:
		reset(s.client)
		return false
	case kTimeout:
		time.Sleep(seconds(fault.Seconds))
		return false
	case kLost, kCut, kSlow, kReplaced:
		return s.forward(r, fault.Kind, seconds(fault.Seconds))
	}
	return s.answer(r, answers[fault.Kind])
}

// answer an error in the server's place.
func (s *session) answer(r *request, words [3]string) bool {
	keep := !r.close
	if r.expect {
		keep = false // whether the body still comes is the client's choice
	} else if n, err := copyBody(io.Discard, s.from, &r.framing); err != nil {
		return false
	} else {
		s.proxy.bytesReceived.Add(n)
	}
	body := fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message>"+
		"<RequestId>s3proxy</RequestId></Error>", words[1], words[2])
	connection := "keep-alive"
	if !keep {
		connection = "close"
	}
	fmt.Fprintf(s.to, "HTTP/1.1 %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nDate: %s\r\nConnection: %s\r\n\r\n",
		words[0], len(body), time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), connection)
	if r.operation != "HEAD" {
		s.to.WriteString(body)
	}
	return s.to.Flush() == nil && keep
}

// connect makes the connection to the server, or a new one where it has closed the last.
func (s *session) connect() error {
	if s.target != nil && (time.Since(s.lastAnswer) < trusted || stillOpen(s.target)) {
		return nil
	}
	s.closeTarget()
	conn, err := net.Dial("tcp", s.proxy.target)
	if err != nil {
		return err
	}
	quiet, err := newQuietConn(conn)
	if err != nil {
		return err
	}
	s.target = conn
	s.targetFrom = bufio.NewReaderSize(quiet, bufferSize)
	s.targetTo = bufio.NewWriterSize(quiet, bufferSize)
	return nil
}

func (s *session) closeTarget() {
	if s.target != nil {
		s.target.Close()
		s.target = nil
	}
}

// stillOpen looks without waiting whether the other side has closed.
func stillOpen(conn net.Conn) bool {
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return false
	}
	open := false
	raw.Control(func(fd uintptr) {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		open = err == syscall.EAGAIN
	})
	return open
}

// forward the request and its answer, spoilt as `kind` says.
func (s *session) forward(r *request, kind string, length time.Duration) bool {
	if err := s.connect(); err != nil {
		s.proxy.targetFailures.Add(1)
		reset(s.client)
		return false
	}
	s.targetTo.Write(r.raw)
	var sent chan error
	if r.length > 0 || r.chunked {
		// Beside the answer: the server may ask for the body, or answer before it has all of it.
		sent = make(chan error, 1)
		go func() { sent <- s.sendBody(r) }()
	} else if s.targetTo.Flush() != nil {
		return s.failed()
	}
	good := s.passAnswer(r, kind, length)
	if sent == nil {
		return good
	}
	if !good {
		s.client.Close() // ends the copying, which may wait for either side
		s.closeTarget()
	}
	select {
	case err := <-sent:
		return good && err == nil
	case <-time.After(time.Second): // answered without the body, which cannot be told from a next request
		s.client.Close()
		s.closeTarget()
		<-sent
		return false
	}
}

func (s *session) sendBody(r *request) error {
	if r.expect {
		if err := s.targetTo.Flush(); err != nil {
			return err
		}
	}
	n, err := copyBody(s.targetTo, s.from, &r.framing)
	s.proxy.bytesReceived.Add(n)
	if err != nil {
		return err
	}
	return s.targetTo.Flush()
}

// failed: the server broke off, so the client sees the same.
func (s *session) failed() bool {
	s.proxy.targetFailures.Add(1)
	reset(s.client)
	return false
}

// passAnswer brings the answer to the client; false where the connection is over.
func (s *session) passAnswer(r *request, kind string, length time.Duration) bool {
	for {
		var err error
		if s.answerHead, err = readHead(s.targetFrom, s.answerHead[:0]); err != nil {
			return s.failed()
		}
		a, err := parseResponse(s.answerHead, r.operation)
		if err != nil {
			return s.failed()
		}
		if a.status >= 200 {
			return s.passFinal(r, a, kind, length)
		}
		s.to.Write(a.raw)
		if s.to.Flush() != nil {
			return false
		}
	}
}

func (s *session) passFinal(r *request, a *response, kind string, length time.Duration) bool {
	switch kind {
	case kLost:
		copyBody(io.Discard, s.targetFrom, &a.framing)
		reset(s.client)
		return false
	case kCut:
		s.passHalf(a)
		return false
	case kReplaced:
		if !a.chunked && a.length > 2 && a.status == 200 {
			return s.passReplaced(a) && !a.close && !r.close
		}
	case kSlow:
		if !a.chunked && a.length > 0 {
			return s.passSlowly(a, length) && !a.close && !r.close
		}
	}
	s.to.Write(a.raw)
	n, err := copyBody(s.to, s.targetFrom, &a.framing)
	s.proxy.bytesSent.Add(n)
	if err != nil {
		s.to.Flush()
		return s.failed()
	}
	s.lastAnswer = time.Now()
	return s.to.Flush() == nil && !a.close && !r.close
}

// passHalf of a body, under a head that announces all of it; nothing at all of an answer without a body.
func (s *session) passHalf(a *response) {
	if a.length == 0 && !a.chunked {
		return
	}
	s.to.Write(a.raw)
	if a.length > 0 {
		n, _ := io.CopyN(s.to, s.targetFrom, a.length/2)
		s.proxy.bytesSent.Add(n)
	}
	s.to.Flush()
}

func (s *session) passSlowly(a *response, length time.Duration) bool {
	s.to.Write(a.raw)
	pieces := min(a.length, slowPieces)
	for i := int64(0); i < pieces; i++ {
		size := a.length*(i+1)/pieces - a.length*i/pieces
		time.Sleep(length / time.Duration(pieces))
		n, err := io.CopyN(s.to, s.targetFrom, size)
		s.proxy.bytesSent.Add(n)
		if err != nil || s.to.Flush() != nil {
			return false
		}
	}
	return true
}

// passReplaced gives a JPEG with a comment after its start marker: other bytes of the same picture, as if the object had
// been written anew since it was listed.
func (s *session) passReplaced(a *response) bool {
	const comment = "\xff\xfe\x00\x0areplaced"
	for _, line := range strings.SplitAfter(string(a.raw), "\n") {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "content-length":
			line = fmt.Sprintf("Content-Length: %d\r\n", a.length+int64(len(comment)))
		case "etag":
			line = fmt.Sprintf("ETag: \"%x\"\r\n", strings.Trim(value, " \"\r\n"))
		}
		s.to.WriteString(line)
	}
	start, err := io.CopyN(s.to, s.targetFrom, 2)
	if err == nil {
		s.to.WriteString(comment)
		var rest int64
		rest, err = io.CopyN(s.to, s.targetFrom, a.length-start)
		s.proxy.bytesSent.Add(start + int64(len(comment)) + rest)
	}
	return err == nil && s.to.Flush() == nil
}
