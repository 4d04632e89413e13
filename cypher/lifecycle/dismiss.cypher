// dismiss: two facts are both true, as they stand: neither took the place of the other.
// mode: write
// params: new STRING, old STRING, by STRING, now DATETIME
// returns: changed INTEGER
// touches: $new, $old
CYPHER 25
MATCH (new:MemCube {id: $new}), (old:MemCube {id: $old})
WHERE NOT EXISTS {
  MATCH (new)-[both:STANDS_BESIDE]-(old)
  WHERE both.until IS NULL AND both.at >= new.updated_at AND both.at >= old.updated_at
}
CREATE (new)-[:STANDS_BESIDE {at: $now, by: $by}]->(old)
RETURN count(*) AS changed
