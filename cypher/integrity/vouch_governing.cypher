// vouch_governing: spaces and principals get the digests that vouch for what governs them now.
// mode: write
// params: digests LIST<MAP>
// returns: vouched INTEGER
// touches: nothing
UNWIND $digests AS row
CALL (row) {
  WITH row WHERE row.kind = 'space'
  MATCH (n:Space {id: row.id})
  SET n.digest = row.digest
  RETURN n
  UNION ALL
  WITH row WHERE row.kind = 'principal'
  MATCH (n:Principal {id: row.id})
  SET n.digest = row.digest
  RETURN n
}
RETURN count(n) AS vouched
