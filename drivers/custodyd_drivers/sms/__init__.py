"""Short messages whatever carries them: alphabets, parts, headers, joining; it knows no modem and no connection."""
