package dev.daybook.api.path;

import dev.daybook.api.query.Filters;
import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.servlet.filter.OrderedFilter;
import org.springframework.core.Ordered;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * Makes any text usable as a segment of the paths that name a row, a transaction or an actor.
 *
 * <p>A row's key may be empty, or contain slashes, dots, semicolons, percent signs: all of which
 * mean something to servers, proxies' rules and firewalls that look at paths. So before any of them
 * (in this process) looks, these segments are decoded once and replaced by a plain form, {@code ~}
 * and base64url, and the rest of the application only ever sees that. Spring Security's firewall
 * stays as strict as it is.
 */
@Component
public class EntityPaths extends OncePerRequestFilter implements OrderedFilter {

    private static final char MARK = '~';

    /**
     * Paths with texts in them.
     *
     * @param prefix how they begin
     * @param texts how many segments are texts
     * @param more whether another segment follows
     */
    private record Shape(String prefix, int texts, boolean more) {}

    private static final List<Shape> SHAPES =
            List.of(
                    new Shape("/api/v1/entities/", 2, true),
                    new Shape("/api/v1/tables/", 1, true),
                    new Shape("/api/v1/evidence/rows/", 2, false),
                    new Shape("/view/rows/", 3, false),
                    new Shape("/view/tx/", 1, true),
                    new Shape("/view/actors/", 1, false));

    /** Before Spring Security, whose filter is at -100. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE + 10;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String plain = plain(request.getRequestURI());
        chain.doFilter(plain == null ? request : new Plain(request, plain), response);
    }

    /** Returns the path with its texts in plain form; null if it is no path with texts. */
    public static @Nullable String plain(String path) {
        for (Shape shape : SHAPES) {
            if (path.startsWith(shape.prefix())) {
                return plain(shape, path.substring(shape.prefix().length()).split("/", -1));
            }
        }
        return null;
    }

    /**
     * Returns the path with its texts in plain form; null where an unencoded slash gave it more
     * segments.
     */
    private static @Nullable String plain(Shape shape, String[] segments) {
        if (segments.length != shape.texts() + (shape.more() ? 1 : 0)) {
            return null;
        }
        StringBuilder path = new StringBuilder(shape.prefix());
        for (int i = 0; i < shape.texts(); i++) {
            String text = decoded(segments[i]);
            if (text == null) {
                return null;
            }
            path.append(i == 0 ? "" : "/").append(encoded(text));
        }
        return shape.more()
                ? path.append('/').append(segments[shape.texts()]).toString()
                : path.toString();
    }

    private static String encoded(String text) {
        return MARK
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The table of such a path. */
    public record TableSegment(TableName table) {

        public static TableSegment parse(String segment) {
            return new TableSegment(Filters.table(text(segment)));
        }
    }

    /** The key of such a path. */
    public record KeySegment(EntityKey key) {

        public static KeySegment parse(String segment) {
            return new KeySegment(new EntityKey(text(segment)));
        }
    }

    /** Another text of such a path. */
    public record TextSegment(String text) {

        public static TextSegment parse(String segment) {
            return new TextSegment(EntityPaths.text(segment));
        }
    }

    /** Returns the text of a segment in plain form; this filter has made it. */
    private static String text(String segment) {
        return new String(
                Base64.getUrlDecoder().decode(segment.substring(1)), StandardCharsets.UTF_8);
    }

    /** Decodes percent signs as UTF-8, once; null if it is not well encoded. A plus is a plus. */
    private static @Nullable String decoded(String segment) {
        byte[] raw = segment.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(raw.length);
        for (int i = 0; i < raw.length; i++) {
            if (raw[i] != '%') {
                bytes.put(raw[i]);
                continue;
            }
            int high = i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
            int low = i + 2 < raw.length ? Character.digit(raw[i + 2], 16) : -1;
            if (high < 0 || low < 0) {
                return null;
            }
            bytes.put((byte) (high << 4 | low));
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static final class Plain extends HttpServletRequestWrapper {

        private final String path;

        Plain(HttpServletRequest request, String path) {
            super(request);
            this.path = path;
        }

        @Override
        public String getRequestURI() {
            return path;
        }

        @Override
        public StringBuffer getRequestURL() {
            StringBuffer url = super.getRequestURL();
            int start = url.indexOf(super.getRequestURI());
            return start < 0 ? url : url.delete(start, url.length()).append(path);
        }

        @Override
        public String getServletPath() {
            return path;
        }

        @Override
        public @Nullable String getPathInfo() {
            return null;
        }
    }
}
