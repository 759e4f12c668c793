// Makes tree.txt and notes.txt, which the tests compare with: go run . in a module that requires golang.org/x/mod.
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A log's hashes in the order in which tlog stores them.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = s[index]
	}
	return out, nil
}

func text(h tlog.Hash) string { return base64.StdEncoding.EncodeToString(h[:]) }

func line(out *bytes.Buffer, kind string, a, b int64, proof []tlog.Hash) {
	fmt.Fprintf(out, "%s %d %d", kind, a, b)
	for _, h := range proof {
		fmt.Fprintf(out, " %s", text(h))
	}
	fmt.Fprintln(out)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// A seed of its own for each key, so that the output is the same in every run.
type counting byte

func (c counting) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c) + byte(i)
	}
	return len(p), nil
}

func main() {
	const leaves = 70
	var hashes stored
	var out bytes.Buffer
	for i := int64(0); i < leaves; i++ {
		hashes = append(hashes, must(tlog.StoredHashes(i, []byte(fmt.Sprintf("leaf %d", i)), hashes))...)
		line(&out, "root", i+1, 0, []tlog.Hash{must(tlog.TreeHash(i+1, hashes))})
	}
	for _, size := range []int64{1, 2, 3, 7, 8, 11, 64, 70} {
		for leaf := int64(0); leaf < size; leaf++ {
			line(&out, "inclusion", size, leaf, must(tlog.ProveRecord(size, leaf, hashes)))
		}
		for old := int64(1); old <= size; old++ {
			line(&out, "consistency", size, old, must(tlog.ProveTree(size, old, hashes)))
		}
	}
	for _, n := range []int64{0, 999, 1000, 1234067, 5000000000} {
		fmt.Fprintf(&out, "path %d 0 %s\n", n, tlog.Tile{H: 8, L: 0, N: n, W: 256}.Path())
		fmt.Fprintf(&out, "partial %d 1 %s\n", n, tlog.Tile{H: 8, L: 1, N: n, W: 17}.Path())
	}
	must(0, os.WriteFile("tree.txt", out.Bytes(), 0o644))

	out.Reset()
	for i, name := range []string{"daybook.example/log", "witness.example"} {
		skey, vkey := must2(note.GenerateKey(counting(i), name))
		signer := must(note.NewSigner(skey))
		for _, body := range []string{
			"daybook.example/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
			"A text\n\nwith an empty line and ünïcode.\n",
		} {
			signed := must(note.Sign(&note.Note{Text: body}, signer))
			fmt.Fprintf(&out, "%s %s %s\n", skey, vkey, base64.StdEncoding.EncodeToString(signed))
		}
	}
	must(0, os.WriteFile("notes.txt", out.Bytes(), 0o644))
}

func must2(a, b string, err error) (string, string) {
	if err != nil {
		panic(err)
	}
	return a, b
}
