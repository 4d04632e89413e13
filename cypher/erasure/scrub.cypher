// scrub: what names somebody beside the memories themselves: where tombstones came from, reasons people gave, what pipelines were given, empty sources.
// mode: write
// params: space STRING, cubes LIST<STRING>, named STRING
// returns: sources INTEGER, reasons INTEGER, runs INTEGER, scrubbed LIST<STRING>
// touches: $cubes, scrubbed
// governs: $space
UNWIND [0] AS _
CALL () {
  UNWIND $cubes AS wanted
  MATCH (c:MemCube {id: wanted})
  SET c.origin_id = NULL, c.source = NULL, c.root = NULL, c.erasing = NULL
  RETURN count(c) AS erased
}
CALL () {
  MATCH (c:MemCube {space: $space})
  WHERE c.created_at IS NOT NULL AND normalize(coalesce(c.deleted_reason, '')) =~ $named
  SET c.deleted_reason = NULL
  RETURN collect(c.id) AS tombstones
}
CALL () {
  MATCH (n:Snapshot {space: $space})
  WHERE n.id IS NOT NULL AND normalize(coalesce(n.reason, '')) =~ $named
  SET n.reason = NULL
  RETURN count(n) AS snapshots
}
CALL () {
  // Encrypted, so nobody can tell here whether it names them.
  MATCH (r:Run {space: $space})
  WHERE r.id IS NOT NULL AND r.sealed IS NOT NULL
  SET r.sealed = NULL
  RETURN count(r) AS runs
}
CALL () {
  MATCH (o:Source {space: $space})
  WHERE o.id IS NOT NULL AND normalize(o.id + ' ' + coalesce(o.title, '')) =~ $named AND NOT EXISTS {
    MATCH (o)<-[:PART_OF*0..2]-(:Source)<-[:FROM]-(c:MemCube) WHERE c.state <> 'deleted'
  }
  WITH o, COLLECT { MATCH (o)<-[:FROM]-(c:MemCube) RETURN c.id } AS left
  DETACH DELETE o
  RETURN count(o) AS sources, reduce(all = [], each IN collect(left) | all + each) AS left
}
RETURN sources, size(tombstones) + snapshots AS reasons, runs, tombstones + left AS scrubbed
