// carry: what memories bring with them beside their texts; of a version, when and by whom it was known where it came from.
// mode: write
// params: rows LIST<MAP>
// returns: carried INTEGER
// touches: $rows.id
UNWIND $rows AS row
MATCH (c:MemCube {id: row.id})
SET c += row.properties
WITH c, row
CALL (c, row) {
  UNWIND row.versions AS each
  MATCH (v:MemVersion {cube: c.id, number: each.number})
  SET v.carried_at = each.at, v.carried_by = each.by
}
RETURN count(c) AS carried
