package dev.daybook.service;

import org.springframework.boot.SpringBootExceptionReporter;
import org.springframework.core.Ordered;

/**
 * Keeps Spring Boot from logging why an application did not start: whoever started it gets the
 * exception and reports it once, {@link Service#start} in one line.
 */
class QuietFailure implements SpringBootExceptionReporter, Ordered {

    @Override
    public boolean reportException(Throwable failure) {
        return true;
    }

    /** Before Boot's own, which would write a block of lines. */
    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }
}
