package dev.daybook.ingest.topology;

/** No broker answered, or it would not let the topics be created. */
final class BrokerUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BrokerUnavailableException(String servers, String cause) {
        super(
                "The topics could not be looked up or created at "
                        + servers
                        + " ("
                        + cause
                        + "): check spring.kafka.bootstrap-servers, and that the broker runs and"
                        + " permits it; or create the topics yourself and set"
                        + " daybook.ingest.create-topics=false.",
                null,
                false,
                false);
    }
}
