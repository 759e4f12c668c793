package dev.daybook.api.query;

import dev.daybook.contract.JsonText;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

import java.util.Locale;

/** Records who read what of the log: a line a read in the log {@code dev.daybook.reads}. */
@Component
class ReadLog {

    private static final Logger LOG = LoggerFactory.getLogger("dev.daybook.reads");

    /**
     * Records a read.
     *
     * @param items how many entries or records were found
     */
    void read(Caller caller, Question question, int items) {
        if (LOG.isInfoEnabled()) {
            LOG.info(
                    "{} {} read {}: {} found",
                    caller.credential().name().toLowerCase(Locale.ROOT),
                    JsonText.quoted(caller.name()),
                    question.text(),
                    items);
        }
    }
}
