package dev.daybook.local.truth;

import dev.daybook.local.pipeline.LocalPipeline;
import dev.daybook.local.pipeline.LocalPipeline.Part;

import java.util.List;

/** What is done to the pipeline while it works. */
enum Fault {
    SOURCE {
        @Override
        void strike(SourceServer source, LocalPipeline pipeline) {
            source.kill();
        }

        @Override
        void mend(SourceServer source, LocalPipeline pipeline) {
            source.restart();
        }
    },
    SOURCE_CONNECTIONS {
        @Override
        void strike(SourceServer source, LocalPipeline pipeline) throws Exception {
            source.dropConnections();
        }

        @Override
        void mend(SourceServer source, LocalPipeline pipeline) {}
    },
    DATABASE(Part.DATABASE),
    BROKER(Part.BROKER),
    CONNECT(Part.CONNECT),
    INGEST(Part.INGEST),
    API(Part.API);

    private final List<Part> parts;

    Fault(Part... parts) {
        this.parts = List.of(parts);
    }

    void strike(SourceServer source, LocalPipeline pipeline) throws Exception {
        parts.forEach(pipeline::kill);
    }

    void mend(SourceServer source, LocalPipeline pipeline) throws Exception {
        for (Part part : parts) {
            pipeline.start(part);
        }
    }

    /** Returns whether the work on the source stops with it. */
    boolean isOfTheSource() {
        return this == SOURCE || this == SOURCE_CONNECTIONS;
    }
}
