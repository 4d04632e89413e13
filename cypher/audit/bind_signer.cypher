// bind_signer: note which key signs for this store, in place of the one that was begun anew; returns which it is.
// mode: write
// params: signer STRING, instead LIST<STRING>
// returns: signer STRING
// touches: nothing
MATCH (s:Store {id: 'memos-graph'})
FOREACH (_ IN CASE WHEN s.signer IS NULL OR s.signer IN $instead THEN [1] ELSE [] END |
  SET s.signer = $signer
)
RETURN s.signer AS signer
