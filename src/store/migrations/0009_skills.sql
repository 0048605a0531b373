-- Which languages somebody writes, and what they can do that others cannot: JSON lists of codes and of names.
ALTER TABLE person ADD COLUMN languages TEXT NOT NULL DEFAULT '[]';
ALTER TABLE person ADD COLUMN skills TEXT NOT NULL DEFAULT '[]';
