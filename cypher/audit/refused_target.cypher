// refused_target: the space whose log tells of an act that was refused on it or on one of its memories; no row for what does not exist.
// mode: read
// params: target STRING
// returns: space STRING, cube STRING?
CALL () {
  MATCH (s:Space {id: $target})
  RETURN s.id AS space, null AS cube
  UNION
  MATCH (c:MemCube {id: $target})
  RETURN c.space AS space, c.id AS cube
}
RETURN space, cube
