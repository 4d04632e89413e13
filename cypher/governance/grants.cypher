// grants: who may, and who may not, do what in a space and on those single memories of it that the principal may read, and until when.
// mode: read
// params: principal STRING, space STRING, now DATETIME
// returns: principal STRING, cube STRING?, denied BOOLEAN, actions LIST<STRING>, purposes LIST<STRING>?, sees INTEGER?, expires_at DATETIME?, reason STRING?, by STRING, at DATETIME
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, forbidden WHERE 'read' IN actions
CALL (s, forbidden) {
  MATCH (p:Principal)-[g:GRANTED|DENIED]->(s)
  RETURN p, g, null AS cube
  UNION ALL
  MATCH (p:Principal)-[g:GRANTED|DENIED]->(c:MemCube)
  WHERE c.space = s.id AND NOT c.id IN forbidden
  RETURN p, g, c.id AS cube
}
RETURN p.id AS principal, cube, type(g) = 'DENIED' AS denied, g.actions AS actions, g.purposes AS purposes, g.sees AS sees,
       g.expires_at AS expires_at, g.reason AS reason, g.by AS by, g.at AS at
ORDER BY cube IS NOT NULL, cube, principal, denied
