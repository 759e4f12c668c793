package dev.daybook.ingest.topology;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says that the broker is away, in place of a stack trace. */
class BrokerUnavailableAnalyzer extends AbstractFailureAnalyzer<BrokerUnavailableException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, BrokerUnavailableException cause) {
        return new FailureAnalysis(cause.getMessage(), null, cause);
    }
}
