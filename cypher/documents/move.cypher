// move: documents get other names, in a space that is locked; a source that nothing is from any more goes.
// mode: write
// params: space STRING, moves LIST<MAP>
// returns: moved INTEGER
// touches: $moves.cube
UNWIND $moves AS row
MATCH (c:MemCube {id: row.cube})-[of:FROM]->(old:Source)
MERGE (new:Source {space: $space, id: row.source})
ON CREATE SET new.kind = old.kind, new.title = row.source, new.length = 0
CREATE (c)-[:FROM {position: of.position}]->(new)
DELETE of
SET old.last = CASE WHEN old.last = c.id THEN NULL ELSE old.last END
SET c.identity = row.identity, c.source = row.source, c.root = row.root, c.origin_id = row.key,
    new.length = new.length + 1
WITH c, old
CALL (old) {
  WITH old WHERE NOT EXISTS { (old)<-[:FROM]-() }
  DETACH DELETE old
}
RETURN count(c) AS moved
