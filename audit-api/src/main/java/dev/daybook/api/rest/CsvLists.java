package dev.daybook.api.rest;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.converter.AbstractHttpMessageConverter;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.stereotype.Component;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Writes lists as CSV, for whoever accepts it; a header has the next page's cursor. */
@Component
class CsvLists extends AbstractHttpMessageConverter<Object> {

    /** The type, for what an operation can answer with. */
    static final String TYPE = "text/csv";

    /** The header that carries what JSON has as {@code next_cursor}. */
    static final String NEXT_CURSOR = "X-Next-Cursor";

    CsvLists() {
        super(new MediaType("text", "csv", StandardCharsets.UTF_8));
    }

    @Override
    protected boolean supports(Class<?> type) {
        return CsvList.class.isAssignableFrom(type);
    }

    @Override
    protected boolean canRead(@Nullable MediaType type) {
        return false;
    }

    @Override
    protected Object readInternal(Class<?> type, HttpInputMessage input)
            throws HttpMessageNotReadableException {
        throw new UnsupportedOperationException("Nothing is read as CSV.");
    }

    @Override
    protected void writeInternal(Object list, HttpOutputMessage output) throws IOException {
        CsvList answer = (CsvList) list;
        String next = answer.goesOnAt();
        if (next != null) {
            output.getHeaders().set(NEXT_CURSOR, next);
        }
        output.getHeaders()
                .set(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"daybook.csv\"");
        StringBuilder csv = new StringBuilder();
        answer.writeTo(csv);
        output.getBody().write(csv.toString().getBytes(StandardCharsets.UTF_8));
    }
}
