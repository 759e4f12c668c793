package dev.daybook.infra.settings;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of IPv4 addresses, written as {@code a.b.c.d/n}.
 *
 * @param address its first address, as a number
 * @param length how many leading bits its addresses share
 */
public record AddressRange(int address, int length) {

    private static final Pattern CIDR =
            Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})");

    /** Parses a range; empty where the text is none, or has bits beyond its length. */
    public static Optional<AddressRange> parse(String text) {
        Matcher matcher = CIDR.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int address = 0;
        for (int i = 1; i <= 4; i++) {
            int octet = Integer.parseInt(matcher.group(i));
            if (octet > 255) {
                return Optional.empty();
            }
            address = address << 8 | octet;
        }
        int length = Integer.parseInt(matcher.group(5));
        if (length > 32 || (address & ~mask(length)) != 0) {
            return Optional.empty();
        }
        return Optional.of(new AddressRange(address, length));
    }

    /** Returns whether the two have an address in common: one of them contains the other. */
    public boolean overlaps(AddressRange other) {
        int shared = mask(Math.min(length, other.length));
        return (address & shared) == (other.address & shared);
    }

    /**
     * Returns a part of this range.
     *
     * @param offset where it begins, in addresses from the first of this range
     * @param length how many leading bits its addresses share
     */
    public AddressRange part(int offset, int length) {
        return new AddressRange(address + offset, length);
    }

    private static int mask(int length) {
        return length == 0 ? 0 : -1 << (32 - length);
    }

    @Override
    public String toString() {
        return "%d.%d.%d.%d/%d"
                .formatted(
                        address >>> 24,
                        address >>> 16 & 255,
                        address >>> 8 & 255,
                        address & 255,
                        length);
    }
}
