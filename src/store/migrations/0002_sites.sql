-- Which site shows the widget where: a site is its origins.
CREATE TABLE site (
  name   TEXT NOT NULL,
  origin TEXT NOT NULL,                      -- as browsers write it
  PRIMARY KEY (name, origin)
) STRICT, WITHOUT ROWID;
