// counted: how many memories in service of space `s` the principal may read.
// params: now DATETIME
// needs: s, forbidden
// yields: cubes INTEGER
CALL (s, forbidden) {
  // The space counts all of them; the few that are denied, or have ended and are not swept yet, are taken off.
  WITH s.cubes - COUNT {
    UNWIND forbidden AS hidden
    MATCH (c:MemCube {id: hidden})
    WHERE c.level = 'whole' AND c.live
  } - COUNT {
    MATCH (c:MemCube)
    WHERE c.space = s.id AND c.expires_at <= $now AND c.level = 'whole' AND c.live AND NOT c.id IN forbidden
  } AS left
  // A write may be committed between the two look-ups.
  RETURN CASE WHEN left > 0 THEN left ELSE 0 END AS cubes
}
