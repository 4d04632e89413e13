// read_store: which schema version and embedder wrote this store.
// mode: read
// params:
// returns: version INTEGER, embedder STRING, dimensions INTEGER
MATCH (s:Store {id: 'memos-graph'})
RETURN s.version AS version, s.embedder AS embedder, s.dimensions AS dimensions
