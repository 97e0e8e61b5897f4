"""The one database: SQLite by default, PostgreSQL by URL; its tables, and how they change from version to version."""
