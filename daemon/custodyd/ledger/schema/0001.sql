-- Entries, the tree over them and the checkpoints that were signed. Nothing here is ever changed or removed.
PRAGMA application_id = 0x63757364;     -- "cusd"

CREATE TABLE segment (
    segment TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,     -- the same, for ordering
    origin TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
    number INTEGER NOT NULL,            -- of the segment
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,                 -- this and the next three repeat what stands in `bytes`, for lists
    "case" TEXT,
    incident TEXT,
    request TEXT,                       -- idempotency key of the verb that asked for it
    bytes BLOB NOT NULL,
    PRIMARY KEY (number, seq)
) STRICT;
CREATE INDEX entry_kind ON entry (kind);
CREATE INDEX entry_case ON entry ("case") WHERE "case" IS NOT NULL;
CREATE INDEX entry_incident ON entry (incident) WHERE incident IS NOT NULL;
CREATE UNIQUE INDEX entry_request ON entry (request) WHERE request IS NOT NULL;

CREATE TABLE node (
    number INTEGER NOT NULL,
    level INTEGER NOT NULL,             -- 0 = leaves
    position INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (number, level, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (number, size)
) STRICT, WITHOUT ROWID;

CREATE TABLE heartbeat (one INTEGER PRIMARY KEY CHECK (one = 1), beat INTEGER NOT NULL) STRICT;
INSERT INTO heartbeat VALUES (1, 0);

CREATE TABLE projection (name TEXT PRIMARY KEY, version INTEGER NOT NULL, shape TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TRIGGER entry_next BEFORE INSERT ON entry
WHEN new.seq > 0 AND NOT EXISTS (SELECT 1 FROM entry WHERE number = new.number AND seq = new.seq - 1)
BEGIN SELECT RAISE(ABORT, 'entries follow one another'); END;
CREATE TRIGGER entry_kept BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entry_stays BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entries are never removed'); END;
CREATE TRIGGER node_kept BEFORE UPDATE ON node BEGIN SELECT RAISE(ABORT, 'proofs are never changed'); END;
CREATE TRIGGER node_stays BEFORE DELETE ON node BEGIN SELECT RAISE(ABORT, 'proofs are never removed'); END;
CREATE TRIGGER checkpoint_kept BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoints are never changed'); END;
CREATE TRIGGER checkpoint_stays BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoints are never removed'); END;
CREATE TRIGGER segment_kept BEFORE UPDATE ON segment BEGIN SELECT RAISE(ABORT, 'segments are never changed'); END;
CREATE TRIGGER segment_stays BEFORE DELETE ON segment BEGIN SELECT RAISE(ABORT, 'segments are never removed'); END;
