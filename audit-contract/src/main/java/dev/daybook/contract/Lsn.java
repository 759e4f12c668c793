package dev.daybook.contract;

import java.util.HexFormat;
import java.util.regex.Pattern;

/** A log sequence number's texts. */
public final class Lsn {

    /** No position. */
    public static final long NONE = 0;

    private static final Pattern WIDE = Pattern.compile("[0-9A-F]{8}/[0-9A-F]{8}");

    private static final int WAL_PAGE = 8192;
    private static final int LARGEST_PAGE_HEADER = 40;

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private Lsn() {}

    /** Returns the form that DMS uses and the topics carry: two halves of eight digits. */
    public static String wide(long lsn) {
        return HEX.toHexDigits((int) (lsn >>> 32)) + "/" + HEX.toHexDigits((int) lsn);
    }

    /** Returns the form that PostgreSQL prints. */
    public static String sql(long lsn) {
        return String.format("%X/%X", lsn >>> 32, lsn & 0xFFFF_FFFFL);
    }

    /**
     * Reads either form.
     *
     * @throws IllegalArgumentException if the text is neither
     */
    public static long parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("\"" + text + "\" is not a log sequence number.");
        }
        return Long.parseUnsignedLong(text.substring(0, slash), 16) << 32
                | Long.parseUnsignedLong(text.substring(slash + 1), 16);
    }

    /** Returns whether a text is of the form that the topics carry. */
    public static boolean isWide(String text) {
        return WIDE.matcher(text).matches();
    }

    /**
     * Moves a position from just behind a WAL page's header to the page's beginning: no record ends
     * between the two, but the insert position is reported as one and a record's end as the other.
     */
    public static long withoutPageHeader(long lsn) {
        long inPage = lsn & (WAL_PAGE - 1);
        return inPage <= LARGEST_PAGE_HEADER ? lsn - inPage : lsn;
    }
}
