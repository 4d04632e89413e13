// components: the server's kernel, its versions and its edition.
// mode: read
// params:
// returns: name STRING, versions LIST<STRING>, edition STRING
CALL dbms.components() YIELD name, versions, edition
RETURN name, versions, edition
