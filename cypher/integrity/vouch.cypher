// vouch: memories get the digests that vouch for them as they now stand.
// mode: write
// params: digests LIST<MAP>
// returns: vouched INTEGER
// touches: nothing
UNWIND $digests AS row
MATCH (c:MemCube {id: row.id})
SET c.digest = row.digest, c.past_digest = row.past_digest
RETURN count(c) AS vouched
