// grants: who may do what in a space, and until when.
// mode: read
// params: space STRING
// returns: principal STRING, actions LIST<STRING>, expires_at DATETIME?, by STRING, at DATETIME
MATCH (p:Principal)-[g:GRANTED]->(:Space {id: $space})
RETURN p.id AS principal, g.actions AS actions, g.expires_at AS expires_at, g.by AS by, g.at AS at
ORDER BY principal
