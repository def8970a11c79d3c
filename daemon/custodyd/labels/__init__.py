"""The labels that the station prints: signed codes and their pictures; it must not know cases, people or devices."""
