package dev.daybook.api.jdbc;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.dockerjava.api.exception.NotFoundException;

import dev.daybook.api.AuditDatabase;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.postgresql.ds.PGSimpleDataSource;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

import javax.sql.DataSource;

/**
 * The contract once more, by the official PostgreSQL 15 image, where a Docker engine has it.
 * Nothing is pulled: a build that depends on a registry's mood is none.
 */
class JdbcAuditTrailIT extends JdbcAuditTrailTest {

    private static final String IMAGE = "postgres:15";
    private static PostgreSQLContainer container;
    private static AuditDatabase.Server server;

    @BeforeAll
    static void start() {
        assumeTrue(
                DockerClientFactory.instance().isDockerAvailable(),
                "SKIPPED: no Docker engine answers, so the contract was not run on " + IMAGE + ".");
        assumeTrue(
                hasImage(),
                "SKIPPED: the Docker engine lacks the image "
                        + IMAGE
                        + "; docker pull it to run this.");
        container =
                new PostgreSQLContainer(IMAGE)
                        .withUsername("postgres")
                        .withDatabaseName("postgres");
        container.start();
        server = new Container();
        AuditDatabase.prepare(server);
    }

    @AfterAll
    static void stop() {
        if (container != null) {
            container.stop();
        }
    }

    @Override
    AuditDatabase fresh() {
        return AuditDatabase.create(server);
    }

    private static boolean hasImage() {
        try {
            DockerClientFactory.instance().client().inspectImageCmd(IMAGE).exec();
            return true;
        } catch (NotFoundException e) {
            return false;
        }
    }

    private static final class Container implements AuditDatabase.Server {

        @Override
        public DataSource database(String name) {
            PGSimpleDataSource database = new PGSimpleDataSource();
            database.setUrl(url(name));
            database.setUser(container.getUsername());
            database.setPassword(container.getPassword());
            return database;
        }

        @Override
        public String url(String name) {
            return "jdbc:postgresql://"
                    + container.getHost()
                    + ":"
                    + container.getFirstMappedPort()
                    + "/"
                    + name;
        }
    }
}
