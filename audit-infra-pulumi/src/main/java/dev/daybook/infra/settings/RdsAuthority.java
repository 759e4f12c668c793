package dev.daybook.infra.settings;

/** Names the authority that signs the databases' certificates; clients trust this one alone. */
public final class RdsAuthority {

    /** The authority, as RDS takes it. */
    public static final String ID = "rds-ca-rsa2048-g1";

    private RdsAuthority() {}

    /** Returns what the authority's certificate calls it; each region has one of its own. */
    public static String nameIn(String region) {
        return "Amazon RDS " + region + " Root CA RSA2048 G1";
    }
}
