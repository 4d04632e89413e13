// reconsider: whether two facts are both true is open again; the link keeps when that ended.
// mode: write
// params: new STRING, old STRING, now DATETIME
// returns: changed INTEGER
// touches: $new, $old
CYPHER 25
MATCH (new:MemCube {id: $new})-[both:STANDS_BESIDE]-(old:MemCube {id: $old})
WHERE both.until IS NULL
SET both.until = $now
RETURN count(*) AS changed
