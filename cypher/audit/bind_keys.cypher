// bind_keys: note which keys seal the logs of this store, unless it is bound already; returns what it is bound to.
// mode: write
// params: fingerprint STRING
// returns: fingerprint STRING
// touches: nothing
MATCH (s:Store {id: 'memos-graph'})
FOREACH (_ IN CASE WHEN s.keys IS NULL THEN [1] ELSE [] END |  // a store that is bound is not written to: its disk may be full
  SET s.locked = true
  SET s.keys = coalesce(s.keys, $fingerprint)
  REMOVE s.locked
)
RETURN s.keys AS fingerprint
