// holders: the places that keep payloads, or did, and how much waits to be erased at each.
// mode: read
// params:
// returns: id STRING, kind STRING, name STRING, since DATETIME, ended_at DATETIME?, spaces INTEGER, waiting INTEGER
MATCH (h:Holder)
RETURN h.id AS id, h.kind AS kind, h.name AS name, h.since AS since, h.ended_at AS ended_at,
       COUNT { (h)-[:HOLDS]->(:Space) } AS spaces,
       COUNT { MATCH (j:Job {state: 'waiting'}) WHERE j.holder = h.id } AS waiting
ORDER BY since, id
