// grants: who may, and who may not, do what in a space and on those topics and single memories of it that the principal may read, and until when.
// mode: read
// params: principal STRING, space STRING, now DATETIME
// returns: principal STRING, cube STRING?, topic STRING?, denied BOOLEAN, actions LIST<STRING>, purposes LIST<STRING>?, sees INTEGER?, expires_at DATETIME?, reason STRING?, by STRING, at DATETIME
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, forbidden, actions WHERE 'read' IN actions
CALL (s, forbidden, actions) {
  MATCH (p:Principal)-[g:GRANTED|DENIED]->(s)
  RETURN p, g, null AS cube, null AS topic
  UNION ALL
  MATCH (p:Principal)-[g:GRANTED|DENIED]->(c:MemCube)
  WHERE c.space = s.id AND NOT c.id IN forbidden
  RETURN p, g, c.id AS cube, null AS topic
  UNION ALL
  MATCH (p:Principal)-[g:GRANTED]->(t:Topic {space: s.id})
  WHERE t.name IS NOT NULL AND (size(forbidden) = 0 OR EXISTS {
    MATCH (:Concept {space: s.id, name: t.name})<-[:MENTIONS]-(m:MemCube)
    WHERE NOT m.id IN forbidden
  })
  RETURN p, g, null AS cube, t.name AS topic
  UNION ALL
  // What was denied elsewhere and reaches a memory of this space, since that was made from it.
  WITH s, forbidden, actions WHERE 'administer' IN actions
  MATCH (p:Principal)-[g:DENIED]->(origin:MemCube)
  WHERE origin.space <> s.id
  //> include fragments/made_from
  WHERE made.space = s.id AND made.level = 'whole' AND NOT made.id IN forbidden
  RETURN p, g, made.id AS cube, null AS topic
}
RETURN p.id AS principal, cube, topic, type(g) = 'DENIED' AS denied, g.actions AS actions, g.purposes AS purposes, g.sees AS sees,
       g.expires_at AS expires_at, CASE WHEN coalesce(endNode(g).space, s.id) = s.id THEN g.reason END AS reason, g.by AS by, g.at AS at
ORDER BY topic IS NOT NULL, topic, cube IS NOT NULL, cube, principal, denied, by
