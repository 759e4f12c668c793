package dev.daybook.api.rest;

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

/**
 * Makes any text usable as a path segment of {@code /api/v1/entities/{table}/{key}/…} and {@code
 * /api/v1/tables/{table}/…}.
 *
 * <p>A row's key may be empty, or contain slashes, dots, semicolons, percent signs: all of which
 * mean something to servers, proxies' rules and firewalls that look at paths. So before any of them
 * (in this process) looks, these segments are decoded once and replaced by a plain form, {@code ~}
 * and base64url, and the rest of the application only ever sees that. Spring Security's firewall
 * stays as strict as it is.
 */
@Component
class EntityPaths extends OncePerRequestFilter implements OrderedFilter {

    static final String PREFIX = "/api/v1/entities/";
    static final String TABLES_PREFIX = "/api/v1/tables/";
    private static final char MARK = '~';

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

    /** The path with table and key in plain form; null if it is no path of an entity or table. */
    static @Nullable String plain(String path) {
        if (path.startsWith(TABLES_PREFIX)) {
            String rest = path.substring(TABLES_PREFIX.length());
            int end = rest.indexOf('/');
            String table = end < 0 ? null : decoded(rest.substring(0, end));
            return table == null ? null : TABLES_PREFIX + encoded(table) + rest.substring(end);
        }
        if (!path.startsWith(PREFIX)) {
            return null;
        }
        String rest = path.substring(PREFIX.length());
        int first = rest.indexOf('/');
        int last = rest.lastIndexOf('/');
        if (first < 0 || last <= first) {
            return null;
        }
        String key = rest.substring(first + 1, last);
        if (key.indexOf('/') >= 0) {
            // An unencoded slash: the path has more segments than there are.
            return null;
        }
        String table = decoded(rest.substring(0, first));
        String decodedKey = decoded(key);
        if (table == null || decodedKey == null) {
            return null;
        }
        return PREFIX + encoded(table) + "/" + encoded(decodedKey) + rest.substring(last);
    }

    private static String encoded(String text) {
        return MARK
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The table of such a path. */
    record TableSegment(TableName table) {

        static TableSegment parse(String segment) {
            return new TableSegment(Filters.table(text(segment)));
        }
    }

    /** The key of such a path. */
    record KeySegment(EntityKey key) {

        static KeySegment parse(String segment) {
            return new KeySegment(new EntityKey(text(segment)));
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
