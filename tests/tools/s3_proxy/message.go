package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"
)

const maxHead = 1 << 20

// What is known of a head; its bytes are passed on untouched.
type framing struct {
	raw     []byte // the head with its empty line; valid until the next is read
	length  int64  // of the body; -1 where only the end of the connection tells
	chunked bool
	close   bool // the connection ends after this message
}

type request struct {
	framing
	operation string // the method, or LIST
	target    string // raw path and query
	key       string // the target without what differs from run to run or page to page
	expect    bool   // the client waits for 100 Continue before it sends the body
	ifMatch   bool
	accessKey string // that signed it
}

type response struct {
	framing
	status int
}

// readHead appends lines to buffer until an empty one. io.EOF means that nothing came.
func readHead(from *bufio.Reader, buffer []byte) ([]byte, error) {
	for {
		line, err := from.ReadSlice('\n')
		buffer = append(buffer, line...)
		if err != nil && (err != bufio.ErrBufferFull || len(buffer) > maxHead) {
			if err == io.EOF && len(buffer) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return buffer, err
		}
		if err == nil && len(line) <= 2 && len(bytes.TrimRight(line, "\r\n")) == 0 {
			return buffer, nil
		}
	}
}

// eachHeader calls visit with each name, in lower case, and value; the first line is returned.
func eachHeader(raw []byte, visit func(name, value []byte)) (first []byte) {
	first, rest, _ := bytes.Cut(raw, []byte("\n"))
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		if name, value, ok := bytes.Cut(line, []byte(":")); ok {
			visit(bytes.ToLower(name), bytes.TrimSpace(value))
		}
	}
	return bytes.TrimRight(first, "\r")
}

func (f *framing) take(name, value []byte) (err error) {
	switch string(name) {
	case "content-length":
		f.length, err = strconv.ParseInt(string(value), 10, 64)
	case "transfer-encoding":
		f.chunked = bytes.EqualFold(value, []byte("chunked"))
	case "connection":
		f.close = bytes.EqualFold(value, []byte("close"))
	}
	return err
}

func parseRequest(raw []byte) (*request, error) {
	r := &request{framing: framing{raw: raw}}
	var failed error
	first := eachHeader(raw, func(name, value []byte) {
		if err := r.take(name, value); err != nil {
			failed = err
		}
		switch string(name) {
		case "expect":
			r.expect = bytes.EqualFold(value, []byte("100-continue"))
		case "if-match":
			r.ifMatch = true
		case "authorization":
			if _, credential, ok := strings.Cut(string(value), "Credential="); ok {
				r.accessKey, _, _ = strings.Cut(credential, "/")
			}
		}
	})
	method, rest, ok := strings.Cut(string(first), " ")
	target, version, ok2 := strings.Cut(rest, " ")
	if !ok || !ok2 || !strings.HasPrefix(version, "HTTP/1.") || failed != nil {
		return nil, errors.New("not an HTTP/1 request")
	}
	r.operation, r.target = method, target
	r.key = stableKey(target)
	r.close = r.close || version == "HTTP/1.0"
	if path, query, ok := strings.Cut(target, "?"); ok && method == "GET" && isListing(path, query) {
		r.operation = "LIST"
	}
	return r, nil
}

func isListing(path, query string) bool {
	bucketOnly := strings.Count(strings.Trim(path, "/"), "/") == 0
	return bucketOnly && (strings.Contains(query, "list-type=") || strings.Contains(query, "prefix="))
}

// stableKey leaves out page tokens, upload ids and signatures, so that equal runs have equal keys.
func stableKey(target string) string {
	path, query, ok := strings.Cut(target, "?")
	if !ok {
		return path
	}
	kept := []string{}
	for _, part := range strings.Split(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		name, _ = url.QueryUnescape(name)
		if name == "continuation-token" || name == "uploadId" || strings.HasPrefix(name, "X-Amz-") {
			continue
		}
		kept = append(kept, part)
	}
	if len(kept) == 0 {
		return path
	}
	return path + "?" + strings.Join(kept, "&")
}

func parseResponse(raw []byte, operation string) (*response, error) {
	r := &response{framing: framing{raw: raw, length: -1}}
	var failed error
	first := eachHeader(raw, func(name, value []byte) {
		if err := r.take(name, value); err != nil {
			failed = err
		}
	})
	words := strings.SplitN(string(first), " ", 3)
	if len(words) < 2 || !strings.HasPrefix(words[0], "HTTP/1.") || failed != nil {
		return nil, errors.New("not an HTTP/1 answer")
	}
	status, err := strconv.Atoi(words[1])
	if err != nil {
		return nil, err
	}
	r.status = status
	if operation == "HEAD" || status < 200 || status == 204 || status == 304 {
		r.length, r.chunked = 0, false
	}
	r.close = r.close || (r.length < 0 && !r.chunked) || words[0] == "HTTP/1.0"
	return r, nil
}

// copyBody passes a body on as it is framed; returns its size as sent, chunk heads included.
func copyBody(to io.Writer, from *bufio.Reader, f *framing) (int64, error) {
	if !f.chunked {
		if f.length < 0 {
			return io.Copy(to, from)
		}
		return io.CopyN(to, from, f.length)
	}
	var total int64
	for {
		line, err := from.ReadSlice('\n')
		if err != nil {
			return total, err
		}
		text, _, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), ";")
		size, err := strconv.ParseInt(strings.TrimSpace(text), 16, 64)
		if err != nil {
			return total, err
		}
		total += int64(len(line))
		if _, err := to.Write(line); err != nil {
			return total, err
		}
		if size == 0 {
			trailer, err := readHead(from, nil)
			total += int64(len(trailer))
			if err == nil {
				_, err = to.Write(trailer)
			}
			return total, err
		}
		n, err := io.CopyN(to, from, size+2)
		total += n
		if err != nil {
			return total, err
		}
	}
}
