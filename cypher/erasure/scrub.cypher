// scrub: what names somebody beside the memories themselves: where tombstones came from, reasons people gave, empty sources.
// mode: write
// params: space STRING, cubes LIST<STRING>, named STRING
// returns: sources INTEGER, reasons INTEGER
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
  RETURN count(c) AS tombstones
}
CALL () {
  MATCH (c:MemCube {space: $space})
  WHERE c.created_at IS NOT NULL
  MATCH (v:MemVersion {cube: c.id})
  WHERE v.number >= 1 AND normalize(coalesce(v.reason, '')) =~ $named
  SET v.reason = NULL
  RETURN count(v) AS versions
}
CALL () {
  MATCH (o:Source {space: $space})
  WHERE o.id IS NOT NULL AND normalize(o.id + ' ' + coalesce(o.title, '')) =~ $named AND NOT EXISTS {
    MATCH (o)<-[:PART_OF*0..2]-(:Source)<-[:FROM]-(c:MemCube) WHERE c.state <> 'deleted'
  }
  DETACH DELETE o
  RETURN count(o) AS sources
}
RETURN sources, tombstones + versions AS reasons
