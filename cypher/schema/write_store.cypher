// write_store: mark the store with the schema version that now stands.
// mode: write
// params: version INTEGER, embedder STRING, dimensions INTEGER
// returns: version INTEGER
// touches: nothing
MERGE (s:Store {id: 'memos-graph'})
SET s.version = $version, s.embedder = $embedder, s.dimensions = $dimensions
RETURN s.version AS version
