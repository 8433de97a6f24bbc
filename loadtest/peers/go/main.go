// SPDX-License-Identifier: MIT

// Go's own net/http: server PORT [PEM], or server PORT echo for bare TCP.
package main

import (
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

type message struct {
	Message string `json:"message"`
}

type user struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

type size struct {
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
	Depth  float64 `json:"depth"`
}

type review struct {
	Author string `json:"author"`
	Stars  int    `json:"stars"`
	Text   string `json:"text"`
}

type item struct {
	ID      int      `json:"id"`
	Name    string   `json:"name"`
	Price   float64  `json:"price"`
	Tax     float64  `json:"tax"`
	Active  bool     `json:"active"`
	Note    string   `json:"note"`
	Tags    []string `json:"tags"`
	Size    size     `json:"size"`
	Reviews []review `json:"reviews"`
}

func (i *item) valid() bool {
	for _, r := range i.Reviews {
		if r.Author == "" || r.Stars < 1 || r.Stars > 5 {
			return false
		}
	}
	return i.Name != "" && len([]rune(i.Name)) <= 100 && i.Price > 0
}

func sendJSON(w http.ResponseWriter, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}

func plain(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	io.WriteString(w, "Hello, World!")
}

func users(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/users/"))
	if err != nil {
		http.Error(w, "not a number", http.StatusUnprocessableEntity)
		return
	}
	sendJSON(w, user{id, "Alice"})
}

func items(w http.ResponseWriter, r *http.Request) {
	var i item
	if err := json.NewDecoder(r.Body).Decode(&i); err != nil || !i.valid() {
		http.Error(w, "not an item", http.StatusUnprocessableEntity)
		return
	}
	sendJSON(w, &i)
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	w.Write(body)
}

func block(w http.ResponseWriter, r *http.Request) {
	ms, _ := strconv.Atoi(r.URL.Query().Get("ms"))
	time.Sleep(time.Duration(ms) * time.Millisecond)
	sendJSON(w, map[string]int{"ms": ms})
}

func stream(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	chunk := []byte(strings.Repeat("x", 1024))
	for i := 0; i < 16; i++ {
		w.Write(chunk)
	}
}

func echoTCP(address string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer connection.Close()
			io.Copy(struct{ io.Writer }{connection}, struct{ io.Reader }{connection})
		}()
	}
}

func main() {
	address := "127.0.0.1:" + os.Args[1]
	if len(os.Args) > 2 && os.Args[2] == "echo" {
		echoTCP(address)
	}
	http.HandleFunc("/plain", plain)
	http.HandleFunc("/json", func(w http.ResponseWriter, _ *http.Request) {
		sendJSON(w, message{"Hello, World!"})
	})
	http.HandleFunc("/users/", users)
	http.HandleFunc("/items", items)
	http.HandleFunc("/echo", echo)
	http.HandleFunc("/block", block)
	http.HandleFunc("/stream", stream)
	files := http.FileServer(http.Dir(os.Getenv("BENCH_STATIC")))
	http.Handle("/static/", http.StripPrefix("/static/", files))
	if len(os.Args) > 2 {
		log.Fatal(http.ListenAndServeTLS(address, os.Args[2], os.Args[2], nil))
	}
	log.Fatal(http.ListenAndServe(address, nil))
}
