-- Entries, the tree over them and the checkpoints that were signed. Nothing here is ever changed or removed.
PRAGMA application_id = 0x63757364;     -- "cusd"

CREATE TABLE segment (
    number INTEGER PRIMARY KEY,         -- its id, as a number
    origin TEXT NOT NULL
) STRICT;

CREATE TABLE entry (
    segment INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,                 -- the columns up to `leaf` repeat what stands in `bytes`, for lists
    "case" TEXT,
    incident TEXT,
    request TEXT,                       -- idempotency key of the verb that asked for it
    leaf BLOB NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (segment, seq)
) STRICT;
CREATE INDEX entry_kind ON entry (kind, segment, seq);
CREATE INDEX entry_case ON entry ("case", segment, seq) WHERE "case" IS NOT NULL;
CREATE INDEX entry_incident ON entry (incident) WHERE incident IS NOT NULL;
CREATE UNIQUE INDEX entry_request ON entry (request) WHERE request IS NOT NULL;

-- complete subtrees of two leaves and more: level 1 and up
CREATE TABLE node (
    segment INTEGER NOT NULL,
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (segment, level, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
    segment INTEGER NOT NULL,
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (segment, size)
) STRICT, WITHOUT ROWID;

CREATE TABLE heartbeat (one INTEGER PRIMARY KEY CHECK (one = 1), beat INTEGER NOT NULL) STRICT;
INSERT INTO heartbeat VALUES (1, 0);

CREATE TABLE projection (name TEXT PRIMARY KEY, version INTEGER NOT NULL, shape TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TRIGGER entry_next BEFORE INSERT ON entry
WHEN new.seq <> coalesce((SELECT max(seq) + 1 FROM entry WHERE segment = new.segment), 0)
BEGIN SELECT RAISE(ABORT, 'entries follow one another'); END;
CREATE TRIGGER entry_kept BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entry_stays BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entries are never removed'); END;
CREATE TRIGGER node_kept BEFORE UPDATE ON node BEGIN SELECT RAISE(ABORT, 'proofs are never changed'); END;
CREATE TRIGGER node_stays BEFORE DELETE ON node BEGIN SELECT RAISE(ABORT, 'proofs are never removed'); END;
CREATE TRIGGER checkpoint_kept BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoints are never changed'); END;
CREATE TRIGGER checkpoint_stays BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoints are never removed'); END;
CREATE TRIGGER segment_kept BEFORE UPDATE ON segment BEGIN SELECT RAISE(ABORT, 'segments are never changed'); END;
CREATE TRIGGER segment_stays BEFORE DELETE ON segment BEGIN SELECT RAISE(ABORT, 'segments are never removed'); END;
