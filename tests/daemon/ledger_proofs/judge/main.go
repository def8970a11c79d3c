// A judge of exports that shares nothing with the project: Go's own sumdb/note and sumdb/tlog, copied from the
// toolchain beside this file when the test runs. One JSON job per line in, one line out: "ok" or what does not fit.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"judge/note"
	"judge/tlog"
)

const height, width = 8, 256

// A job names an export and its verifier key. One bit of one file may be flipped after reading; Lodged, if given, is
// an earlier signed checkpoint that the export must continue. Sign asks for a note over Text with Go's own signer.
type job struct {
	Dir, VKey, File, Lodged, SKey, Text string
	Offset                              int
	Mask                                byte
}

func (j job) read(name string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(j.Dir, filepath.FromSlash(name)))
	if err == nil && name == j.File {
		data[j.Offset] ^= j.Mask
	}
	return data, err
}

func open(msg []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(msg, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	// Go's base64 forgives stray last bits; the standard has one spelling
	raw, _ := base64.StdEncoding.DecodeString(opened.Sigs[0].Base64)
	if base64.StdEncoding.EncodeToString(raw) != opened.Sigs[0].Base64 {
		return tlog.Tree{}, errors.New("signature is not canonical")
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("not a checkpoint of this origin")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

type tiles struct{ job job }

func (t tiles) Height() int                       { return height }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		data, err := t.job.read(strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		if len(data) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", tile.Path(), len(data))
		}
		found = append(found, data)
	}
	return found, nil
}

func bundle(j job, index, count int64) ([]tlog.Hash, error) {
	tile := tlog.Tile{H: height, L: 0, N: index, W: int(count)}
	data, err := j.read(strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1))
	if err != nil {
		return nil, err
	}
	var hashes []tlog.Hash
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, errors.New("truncated bundle")
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		hashes = append(hashes, tlog.RecordHash(data[2:end]))
		data = data[end:]
	}
	if int64(len(hashes)) != count {
		return nil, fmt.Errorf("bundle %d has %d entries, not %d", index, len(hashes), count)
	}
	return hashes, nil
}

func judge(j job) error {
	msg, err := j.read("checkpoint")
	if err != nil {
		return err
	}
	tree, err := open(msg, j.VKey)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, tiles{j})
	for index := int64(0); index*width < tree.N; index++ {
		count := min(width, tree.N-index*width)
		hashes, err := bundle(j, index, count)
		if err != nil {
			return err
		}
		places := make([]int64, count)
		for i := range places {
			places[i] = tlog.StoredHashIndex(0, index*width+int64(i))
		}
		proven, err := reader.ReadHashes(places)
		if err != nil {
			return err
		}
		for i := range hashes {
			if hashes[i] != proven[i] {
				return fmt.Errorf("entry %d is not what was signed", index*width+int64(i))
			}
		}
	}
	return continues(j, tree, reader)
}

func continues(j job, tree tlog.Tree, reader tlog.HashReader) error {
	if j.Lodged == "" {
		return nil
	}
	old, err := open([]byte(j.Lodged), j.VKey)
	if err != nil {
		return err
	}
	if old.N > tree.N {
		return fmt.Errorf("%d entries were lodged, %d are here", old.N, tree.N)
	}
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

func sign(j job) (string, error) {
	signer, err := note.NewSigner(j.SKey)
	if err != nil {
		return "", err
	}
	msg, err := note.Sign(&note.Note{Text: j.Text}, signer)
	return string(msg), err
}

func answer(line []byte) string {
	var j job
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&j); err != nil {
		return "bad job: " + err.Error()
	}
	if j.SKey != "" {
		msg, err := sign(j)
		if err != nil {
			return "bad key: " + err.Error()
		}
		return strconv.QuoteToASCII(msg)
	}
	if err := judge(j); err != nil {
		return strconv.QuoteToASCII(err.Error())
	}
	return "ok"
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		fmt.Fprintln(out, answer(in.Bytes()))
	}
}
