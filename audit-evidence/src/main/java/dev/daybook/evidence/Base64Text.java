package dev.daybook.evidence;

import java.util.Base64;

/** Reads Base64 as RFC 4648, section 4 has it, and no other text for the same bytes. */
final class Base64Text {

    private Base64Text() {}

    static byte[] decode(String text) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidEvidenceException(text + " is not Base64: " + e.getMessage());
        }
        if (!Base64.getEncoder().encodeToString(bytes).equals(text)) {
            throw new InvalidEvidenceException(
                    text + " is not Base64 as it is written: padding or last bits differ.");
        }
        return bytes;
    }
}
