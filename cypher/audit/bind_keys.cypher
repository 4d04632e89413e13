// bind_keys: note which keys seal the logs of this store, unless it is bound already; returns what it is bound to.
// mode: write
// params: fingerprint STRING
// returns: fingerprint STRING
MATCH (s:Store {id: 'memos-graph'})
SET s.keys = coalesce(s.keys, $fingerprint)
RETURN s.keys AS fingerprint
