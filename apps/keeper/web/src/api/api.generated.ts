// Written by `npm run generate` from Keeper's /openapi.json. Do not edit.
export interface paths {
    "/api/v1/billing/reconcile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Compares with Stripe and refetches what differs */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: uuid */
                        organizationId?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            compared: number;
                            drifted: {
                                fields: {
                                    differs: boolean;
                                    field: string;
                                    label: string;
                                    organizationRow: string | null;
                                    stripe: string | null;
                                    subscriptionRow: string | null;
                                }[];
                                healed: boolean;
                                organizationId: string;
                            }[];
                            refreshed: number;
                            stopped: boolean;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What Stripe delivered, newest first */
        get: {
            parameters: {
                query: {
                    cursor?: string;
                    limit: number;
                    organizationId?: string;
                    state?: "received" | "applied" | "ignored" | "quarantined" | "dead";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                attempts: number;
                                copies: number;
                                customerId: string | null;
                                eventCreatedAt: string;
                                id: string;
                                lastError: string | null;
                                objectId: string | null;
                                organizationId: string | null;
                                reason: string | null;
                                receivedAt: string;
                                retryAt: string | null;
                                source: string;
                                state: string;
                                type: string;
                            }[];
                            nextCursor: string | null;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts a delivery back to work */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            replayed: boolean;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/engine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether Keeper itself works, on machine time */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            clock: {
                                /** Format: date-time */
                                businessNow: string;
                                offsetMs: number;
                            };
                            detectors: {
                                ageMs: number | null;
                                error: string | null;
                                /** @description Milliseconds of machine time */
                                everyMs: number;
                                findings: number | null;
                                lastFinishedAt: string | null;
                                lastOkAt: string | null;
                                name: string;
                                ok: boolean | null;
                                playbook: string;
                            }[];
                            lanes: {
                                ageMs: number | null;
                                detail: string;
                                lastBeatAt: string | null;
                                name: string;
                                /** @enum {string} */
                                state: "ok" | "late" | "silent";
                            }[];
                            lastProvenAgeMs: number | null;
                            lastProvenAt: string | null;
                            waiting: {
                                [key: string]: number;
                            };
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/environment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sandbox or production */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {string} */
                            environment: "sandbox" | "production";
                            sandboxUrl?: string;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Incidents, newest first */
        get: {
            parameters: {
                query: {
                    cursor?: string;
                    limit: number;
                    organizationId?: string;
                    playbook?: string;
                    severity?: "P0" | "P1" | "P2" | "P3";
                    state: "open" | "resolved" | "all";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                acknowledgedAt: string | null;
                                currentStep: {
                                    evidence: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    /** @enum {string} */
                                    state: "pending" | "running" | "waiting" | "done" | "failed" | "skipped";
                                    title: string;
                                } | null;
                                heldBy: {
                                    kind: string;
                                    name: string;
                                } | null;
                                id: string;
                                impact: {
                                    mrrAtRisk: {
                                        currency: string;
                                        minor: number;
                                    }[];
                                    organizations: number;
                                    payersLockedOut: number;
                                    payersLockedOutMinutes: number;
                                    unpaidWithAccess: number;
                                    wrongPlan: number;
                                };
                                next: {
                                    /** Format: date-time */
                                    at: string;
                                    what: string;
                                } | null;
                                number: number;
                                /** Format: date-time */
                                openedAt: string;
                                organizationIds: string[];
                                outcome: ("proven" | "lost" | "forced") | null;
                                playbook: string;
                                resolvedAt: string | null;
                                /** @enum {string} */
                                scope: "case" | "systemic";
                                /** @enum {string} */
                                severity: "P0" | "P1" | "P2" | "P3";
                                /** @enum {string} */
                                state: "triggered" | "acknowledged" | "running" | "waiting" | "manual" | "proving" | "resolved";
                                summary: string;
                                title: string;
                            }[];
                            nextCursor: string | null;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One incident with its run, proof, timeline and record */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            acknowledgedAt: string | null;
                            correlation: string | null;
                            currentStep: {
                                evidence: {
                                    summary?: string;
                                } & {
                                    [key: string]: unknown;
                                };
                                /** @enum {string} */
                                state: "pending" | "running" | "waiting" | "done" | "failed" | "skipped";
                                title: string;
                            } | null;
                            detector: string;
                            heldBy: {
                                kind: string;
                                name: string;
                            } | null;
                            id: string;
                            identity: string;
                            impact: {
                                mrrAtRisk: {
                                    currency: string;
                                    minor: number;
                                }[];
                                organizations: number;
                                payersLockedOut: number;
                                payersLockedOutMinutes: number;
                                unpaidWithAccess: number;
                                wrongPlan: number;
                            };
                            messages: {
                                /** Format: date-time */
                                at: string;
                                id: string;
                                /** @enum {string} */
                                state: "planned" | "held" | "sending" | "accepted" | "unknown" | "failed" | "delivered" | "bounced" | "skipped";
                                subject: string | null;
                                template: string;
                                to: string;
                            }[];
                            next: {
                                /** Format: date-time */
                                at: string;
                                what: string;
                            } | null;
                            number: number;
                            /** Format: date-time */
                            openedAt: string;
                            organizationIds: string[];
                            organizations: {
                                id: string;
                                name: string;
                                plan: string;
                                status: string;
                            }[];
                            outcome: ("proven" | "lost" | "forced") | null;
                            playbook: string;
                            proof: {
                                clean: number;
                                detector: string;
                                last: {
                                    /** Format: date-time */
                                    at: string;
                                    findings: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    round: number;
                                    /** @enum {string} */
                                    verdict: "clean" | "refuted" | "lost";
                                } | null;
                                needed: number;
                                nextAt: string | null;
                                round: number;
                                runs: {
                                    /** Format: date-time */
                                    at: string;
                                    findings: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    round: number;
                                    /** @enum {string} */
                                    verdict: "clean" | "refuted" | "lost";
                                }[];
                            };
                            record: {
                                sentences: {
                                    events: string[];
                                    text: string;
                                }[];
                                /** Format: date-time */
                                writtenAt: string;
                            } | null;
                            resolvedAt: string | null;
                            run: {
                                id: string;
                                /** Format: date-time */
                                startedAt: string;
                                /** @enum {string} */
                                state: "running" | "waiting" | "manual" | "proving" | "done" | "stopped";
                                steps: {
                                    attempts: number;
                                    durationMs: number | null;
                                    evidence: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    finishedAt: string | null;
                                    /** @enum {string} */
                                    kind: "automatic" | "manual" | "approval";
                                    name: string;
                                    ordinal: number;
                                    /** @enum {string} */
                                    phase: "detect" | "assess" | "act" | "resolve" | "document";
                                    startedAt: string | null;
                                    /** @enum {string} */
                                    state: "pending" | "running" | "waiting" | "done" | "failed" | "skipped";
                                    title: string;
                                }[];
                                version: number;
                                wakeAt: string | null;
                                wakeReason: string | null;
                            } | null;
                            /** @enum {string} */
                            scope: "case" | "systemic";
                            /** @enum {string} */
                            severity: "P0" | "P1" | "P2" | "P3";
                            /** @enum {string} */
                            state: "triggered" | "acknowledged" | "running" | "waiting" | "manual" | "proving" | "resolved";
                            summary: string;
                            timeline: {
                                actor: {
                                    kind: string;
                                    name: string;
                                };
                                /** Format: date-time */
                                at: string;
                                details: {
                                    [key: string]: unknown;
                                };
                                id: string;
                                kind: string;
                                text: string;
                            }[];
                            title: string;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says that somebody holds it */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            acknowledgedAt: string | null;
                            correlation: string | null;
                            currentStep: {
                                evidence: {
                                    summary?: string;
                                } & {
                                    [key: string]: unknown;
                                };
                                /** @enum {string} */
                                state: "pending" | "running" | "waiting" | "done" | "failed" | "skipped";
                                title: string;
                            } | null;
                            detector: string;
                            heldBy: {
                                kind: string;
                                name: string;
                            } | null;
                            id: string;
                            identity: string;
                            impact: {
                                mrrAtRisk: {
                                    currency: string;
                                    minor: number;
                                }[];
                                organizations: number;
                                payersLockedOut: number;
                                payersLockedOutMinutes: number;
                                unpaidWithAccess: number;
                                wrongPlan: number;
                            };
                            messages: {
                                /** Format: date-time */
                                at: string;
                                id: string;
                                /** @enum {string} */
                                state: "planned" | "held" | "sending" | "accepted" | "unknown" | "failed" | "delivered" | "bounced" | "skipped";
                                subject: string | null;
                                template: string;
                                to: string;
                            }[];
                            next: {
                                /** Format: date-time */
                                at: string;
                                what: string;
                            } | null;
                            number: number;
                            /** Format: date-time */
                            openedAt: string;
                            organizationIds: string[];
                            organizations: {
                                id: string;
                                name: string;
                                plan: string;
                                status: string;
                            }[];
                            outcome: ("proven" | "lost" | "forced") | null;
                            playbook: string;
                            proof: {
                                clean: number;
                                detector: string;
                                last: {
                                    /** Format: date-time */
                                    at: string;
                                    findings: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    round: number;
                                    /** @enum {string} */
                                    verdict: "clean" | "refuted" | "lost";
                                } | null;
                                needed: number;
                                nextAt: string | null;
                                round: number;
                                runs: {
                                    /** Format: date-time */
                                    at: string;
                                    findings: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    round: number;
                                    /** @enum {string} */
                                    verdict: "clean" | "refuted" | "lost";
                                }[];
                            };
                            record: {
                                sentences: {
                                    events: string[];
                                    text: string;
                                }[];
                                /** Format: date-time */
                                writtenAt: string;
                            } | null;
                            resolvedAt: string | null;
                            run: {
                                id: string;
                                /** Format: date-time */
                                startedAt: string;
                                /** @enum {string} */
                                state: "running" | "waiting" | "manual" | "proving" | "done" | "stopped";
                                steps: {
                                    attempts: number;
                                    durationMs: number | null;
                                    evidence: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    finishedAt: string | null;
                                    /** @enum {string} */
                                    kind: "automatic" | "manual" | "approval";
                                    name: string;
                                    ordinal: number;
                                    /** @enum {string} */
                                    phase: "detect" | "assess" | "act" | "resolve" | "document";
                                    startedAt: string | null;
                                    /** @enum {string} */
                                    state: "pending" | "running" | "waiting" | "done" | "failed" | "skipped";
                                    title: string;
                                }[];
                                version: number;
                                wakeAt: string | null;
                                wakeReason: string | null;
                            } | null;
                            /** @enum {string} */
                            scope: "case" | "systemic";
                            /** @enum {string} */
                            severity: "P0" | "P1" | "P2" | "P3";
                            /** @enum {string} */
                            state: "triggered" | "acknowledged" | "running" | "waiting" | "manual" | "proving" | "resolved";
                            summary: string;
                            timeline: {
                                actor: {
                                    kind: string;
                                    name: string;
                                };
                                /** Format: date-time */
                                at: string;
                                details: {
                                    [key: string]: unknown;
                                };
                                id: string;
                                kind: string;
                                text: string;
                            }[];
                            title: string;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Adds what a person says to the timeline */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        text: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            acknowledgedAt: string | null;
                            correlation: string | null;
                            currentStep: {
                                evidence: {
                                    summary?: string;
                                } & {
                                    [key: string]: unknown;
                                };
                                /** @enum {string} */
                                state: "pending" | "running" | "waiting" | "done" | "failed" | "skipped";
                                title: string;
                            } | null;
                            detector: string;
                            heldBy: {
                                kind: string;
                                name: string;
                            } | null;
                            id: string;
                            identity: string;
                            impact: {
                                mrrAtRisk: {
                                    currency: string;
                                    minor: number;
                                }[];
                                organizations: number;
                                payersLockedOut: number;
                                payersLockedOutMinutes: number;
                                unpaidWithAccess: number;
                                wrongPlan: number;
                            };
                            messages: {
                                /** Format: date-time */
                                at: string;
                                id: string;
                                /** @enum {string} */
                                state: "planned" | "held" | "sending" | "accepted" | "unknown" | "failed" | "delivered" | "bounced" | "skipped";
                                subject: string | null;
                                template: string;
                                to: string;
                            }[];
                            next: {
                                /** Format: date-time */
                                at: string;
                                what: string;
                            } | null;
                            number: number;
                            /** Format: date-time */
                            openedAt: string;
                            organizationIds: string[];
                            organizations: {
                                id: string;
                                name: string;
                                plan: string;
                                status: string;
                            }[];
                            outcome: ("proven" | "lost" | "forced") | null;
                            playbook: string;
                            proof: {
                                clean: number;
                                detector: string;
                                last: {
                                    /** Format: date-time */
                                    at: string;
                                    findings: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    round: number;
                                    /** @enum {string} */
                                    verdict: "clean" | "refuted" | "lost";
                                } | null;
                                needed: number;
                                nextAt: string | null;
                                round: number;
                                runs: {
                                    /** Format: date-time */
                                    at: string;
                                    findings: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    round: number;
                                    /** @enum {string} */
                                    verdict: "clean" | "refuted" | "lost";
                                }[];
                            };
                            record: {
                                sentences: {
                                    events: string[];
                                    text: string;
                                }[];
                                /** Format: date-time */
                                writtenAt: string;
                            } | null;
                            resolvedAt: string | null;
                            run: {
                                id: string;
                                /** Format: date-time */
                                startedAt: string;
                                /** @enum {string} */
                                state: "running" | "waiting" | "manual" | "proving" | "done" | "stopped";
                                steps: {
                                    attempts: number;
                                    durationMs: number | null;
                                    evidence: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    finishedAt: string | null;
                                    /** @enum {string} */
                                    kind: "automatic" | "manual" | "approval";
                                    name: string;
                                    ordinal: number;
                                    /** @enum {string} */
                                    phase: "detect" | "assess" | "act" | "resolve" | "document";
                                    startedAt: string | null;
                                    /** @enum {string} */
                                    state: "pending" | "running" | "waiting" | "done" | "failed" | "skipped";
                                    title: string;
                                }[];
                                version: number;
                                wakeAt: string | null;
                                wakeReason: string | null;
                            } | null;
                            /** @enum {string} */
                            scope: "case" | "systemic";
                            /** @enum {string} */
                            severity: "P0" | "P1" | "P2" | "P3";
                            /** @enum {string} */
                            state: "triggered" | "acknowledged" | "running" | "waiting" | "manual" | "proving" | "resolved";
                            summary: string;
                            timeline: {
                                actor: {
                                    kind: string;
                                    name: string;
                                };
                                /** Format: date-time */
                                at: string;
                                details: {
                                    [key: string]: unknown;
                                };
                                id: string;
                                kind: string;
                                text: string;
                            }[];
                            title: string;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks for proof now and resolves with it; 409 not_proven while the fault is there */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            acknowledgedAt: string | null;
                            correlation: string | null;
                            currentStep: {
                                evidence: {
                                    summary?: string;
                                } & {
                                    [key: string]: unknown;
                                };
                                /** @enum {string} */
                                state: "pending" | "running" | "waiting" | "done" | "failed" | "skipped";
                                title: string;
                            } | null;
                            detector: string;
                            heldBy: {
                                kind: string;
                                name: string;
                            } | null;
                            id: string;
                            identity: string;
                            impact: {
                                mrrAtRisk: {
                                    currency: string;
                                    minor: number;
                                }[];
                                organizations: number;
                                payersLockedOut: number;
                                payersLockedOutMinutes: number;
                                unpaidWithAccess: number;
                                wrongPlan: number;
                            };
                            messages: {
                                /** Format: date-time */
                                at: string;
                                id: string;
                                /** @enum {string} */
                                state: "planned" | "held" | "sending" | "accepted" | "unknown" | "failed" | "delivered" | "bounced" | "skipped";
                                subject: string | null;
                                template: string;
                                to: string;
                            }[];
                            next: {
                                /** Format: date-time */
                                at: string;
                                what: string;
                            } | null;
                            number: number;
                            /** Format: date-time */
                            openedAt: string;
                            organizationIds: string[];
                            organizations: {
                                id: string;
                                name: string;
                                plan: string;
                                status: string;
                            }[];
                            outcome: ("proven" | "lost" | "forced") | null;
                            playbook: string;
                            proof: {
                                clean: number;
                                detector: string;
                                last: {
                                    /** Format: date-time */
                                    at: string;
                                    findings: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    round: number;
                                    /** @enum {string} */
                                    verdict: "clean" | "refuted" | "lost";
                                } | null;
                                needed: number;
                                nextAt: string | null;
                                round: number;
                                runs: {
                                    /** Format: date-time */
                                    at: string;
                                    findings: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    round: number;
                                    /** @enum {string} */
                                    verdict: "clean" | "refuted" | "lost";
                                }[];
                            };
                            record: {
                                sentences: {
                                    events: string[];
                                    text: string;
                                }[];
                                /** Format: date-time */
                                writtenAt: string;
                            } | null;
                            resolvedAt: string | null;
                            run: {
                                id: string;
                                /** Format: date-time */
                                startedAt: string;
                                /** @enum {string} */
                                state: "running" | "waiting" | "manual" | "proving" | "done" | "stopped";
                                steps: {
                                    attempts: number;
                                    durationMs: number | null;
                                    evidence: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    finishedAt: string | null;
                                    /** @enum {string} */
                                    kind: "automatic" | "manual" | "approval";
                                    name: string;
                                    ordinal: number;
                                    /** @enum {string} */
                                    phase: "detect" | "assess" | "act" | "resolve" | "document";
                                    startedAt: string | null;
                                    /** @enum {string} */
                                    state: "pending" | "running" | "waiting" | "done" | "failed" | "skipped";
                                    title: string;
                                }[];
                                version: number;
                                wakeAt: string | null;
                                wakeReason: string | null;
                            } | null;
                            /** @enum {string} */
                            scope: "case" | "systemic";
                            /** @enum {string} */
                            severity: "P0" | "P1" | "P2" | "P3";
                            /** @enum {string} */
                            state: "triggered" | "acknowledged" | "running" | "waiting" | "manual" | "proving" | "resolved";
                            summary: string;
                            timeline: {
                                actor: {
                                    kind: string;
                                    name: string;
                                };
                                /** Format: date-time */
                                at: string;
                                details: {
                                    [key: string]: unknown;
                                };
                                id: string;
                                kind: string;
                                text: string;
                            }[];
                            title: string;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/resolve-anyway": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Closes it without proof, with a reason that stays in the record */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        reason: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            acknowledgedAt: string | null;
                            correlation: string | null;
                            currentStep: {
                                evidence: {
                                    summary?: string;
                                } & {
                                    [key: string]: unknown;
                                };
                                /** @enum {string} */
                                state: "pending" | "running" | "waiting" | "done" | "failed" | "skipped";
                                title: string;
                            } | null;
                            detector: string;
                            heldBy: {
                                kind: string;
                                name: string;
                            } | null;
                            id: string;
                            identity: string;
                            impact: {
                                mrrAtRisk: {
                                    currency: string;
                                    minor: number;
                                }[];
                                organizations: number;
                                payersLockedOut: number;
                                payersLockedOutMinutes: number;
                                unpaidWithAccess: number;
                                wrongPlan: number;
                            };
                            messages: {
                                /** Format: date-time */
                                at: string;
                                id: string;
                                /** @enum {string} */
                                state: "planned" | "held" | "sending" | "accepted" | "unknown" | "failed" | "delivered" | "bounced" | "skipped";
                                subject: string | null;
                                template: string;
                                to: string;
                            }[];
                            next: {
                                /** Format: date-time */
                                at: string;
                                what: string;
                            } | null;
                            number: number;
                            /** Format: date-time */
                            openedAt: string;
                            organizationIds: string[];
                            organizations: {
                                id: string;
                                name: string;
                                plan: string;
                                status: string;
                            }[];
                            outcome: ("proven" | "lost" | "forced") | null;
                            playbook: string;
                            proof: {
                                clean: number;
                                detector: string;
                                last: {
                                    /** Format: date-time */
                                    at: string;
                                    findings: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    round: number;
                                    /** @enum {string} */
                                    verdict: "clean" | "refuted" | "lost";
                                } | null;
                                needed: number;
                                nextAt: string | null;
                                round: number;
                                runs: {
                                    /** Format: date-time */
                                    at: string;
                                    findings: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    round: number;
                                    /** @enum {string} */
                                    verdict: "clean" | "refuted" | "lost";
                                }[];
                            };
                            record: {
                                sentences: {
                                    events: string[];
                                    text: string;
                                }[];
                                /** Format: date-time */
                                writtenAt: string;
                            } | null;
                            resolvedAt: string | null;
                            run: {
                                id: string;
                                /** Format: date-time */
                                startedAt: string;
                                /** @enum {string} */
                                state: "running" | "waiting" | "manual" | "proving" | "done" | "stopped";
                                steps: {
                                    attempts: number;
                                    durationMs: number | null;
                                    evidence: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    finishedAt: string | null;
                                    /** @enum {string} */
                                    kind: "automatic" | "manual" | "approval";
                                    name: string;
                                    ordinal: number;
                                    /** @enum {string} */
                                    phase: "detect" | "assess" | "act" | "resolve" | "document";
                                    startedAt: string | null;
                                    /** @enum {string} */
                                    state: "pending" | "running" | "waiting" | "done" | "failed" | "skipped";
                                    title: string;
                                }[];
                                version: number;
                                wakeAt: string | null;
                                wakeReason: string | null;
                            } | null;
                            /** @enum {string} */
                            scope: "case" | "systemic";
                            /** @enum {string} */
                            severity: "P0" | "P1" | "P2" | "P3";
                            /** @enum {string} */
                            state: "triggered" | "acknowledged" | "running" | "waiting" | "manual" | "proving" | "resolved";
                            summary: string;
                            timeline: {
                                actor: {
                                    kind: string;
                                    name: string;
                                };
                                /** Format: date-time */
                                at: string;
                                details: {
                                    [key: string]: unknown;
                                };
                                id: string;
                                kind: string;
                                text: string;
                            }[];
                            title: string;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/steps/{step}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A person finishes a manual step */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    step: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        choice?: string;
                        note: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            acknowledgedAt: string | null;
                            correlation: string | null;
                            currentStep: {
                                evidence: {
                                    summary?: string;
                                } & {
                                    [key: string]: unknown;
                                };
                                /** @enum {string} */
                                state: "pending" | "running" | "waiting" | "done" | "failed" | "skipped";
                                title: string;
                            } | null;
                            detector: string;
                            heldBy: {
                                kind: string;
                                name: string;
                            } | null;
                            id: string;
                            identity: string;
                            impact: {
                                mrrAtRisk: {
                                    currency: string;
                                    minor: number;
                                }[];
                                organizations: number;
                                payersLockedOut: number;
                                payersLockedOutMinutes: number;
                                unpaidWithAccess: number;
                                wrongPlan: number;
                            };
                            messages: {
                                /** Format: date-time */
                                at: string;
                                id: string;
                                /** @enum {string} */
                                state: "planned" | "held" | "sending" | "accepted" | "unknown" | "failed" | "delivered" | "bounced" | "skipped";
                                subject: string | null;
                                template: string;
                                to: string;
                            }[];
                            next: {
                                /** Format: date-time */
                                at: string;
                                what: string;
                            } | null;
                            number: number;
                            /** Format: date-time */
                            openedAt: string;
                            organizationIds: string[];
                            organizations: {
                                id: string;
                                name: string;
                                plan: string;
                                status: string;
                            }[];
                            outcome: ("proven" | "lost" | "forced") | null;
                            playbook: string;
                            proof: {
                                clean: number;
                                detector: string;
                                last: {
                                    /** Format: date-time */
                                    at: string;
                                    findings: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    round: number;
                                    /** @enum {string} */
                                    verdict: "clean" | "refuted" | "lost";
                                } | null;
                                needed: number;
                                nextAt: string | null;
                                round: number;
                                runs: {
                                    /** Format: date-time */
                                    at: string;
                                    findings: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    round: number;
                                    /** @enum {string} */
                                    verdict: "clean" | "refuted" | "lost";
                                }[];
                            };
                            record: {
                                sentences: {
                                    events: string[];
                                    text: string;
                                }[];
                                /** Format: date-time */
                                writtenAt: string;
                            } | null;
                            resolvedAt: string | null;
                            run: {
                                id: string;
                                /** Format: date-time */
                                startedAt: string;
                                /** @enum {string} */
                                state: "running" | "waiting" | "manual" | "proving" | "done" | "stopped";
                                steps: {
                                    attempts: number;
                                    durationMs: number | null;
                                    evidence: {
                                        summary?: string;
                                    } & {
                                        [key: string]: unknown;
                                    };
                                    finishedAt: string | null;
                                    /** @enum {string} */
                                    kind: "automatic" | "manual" | "approval";
                                    name: string;
                                    ordinal: number;
                                    /** @enum {string} */
                                    phase: "detect" | "assess" | "act" | "resolve" | "document";
                                    startedAt: string | null;
                                    /** @enum {string} */
                                    state: "pending" | "running" | "waiting" | "done" | "failed" | "skipped";
                                    title: string;
                                }[];
                                version: number;
                                wakeAt: string | null;
                                wakeReason: string | null;
                            } | null;
                            /** @enum {string} */
                            scope: "case" | "systemic";
                            /** @enum {string} */
                            severity: "P0" | "P1" | "P2" | "P3";
                            /** @enum {string} */
                            state: "triggered" | "acknowledged" | "running" | "waiting" | "manual" | "proving" | "resolved";
                            summary: string;
                            timeline: {
                                actor: {
                                    kind: string;
                                    name: string;
                                };
                                /** Format: date-time */
                                at: string;
                                details: {
                                    [key: string]: unknown;
                                };
                                id: string;
                                kind: string;
                                text: string;
                            }[];
                            title: string;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            /** @enum {string} */
                            kind: "operator" | "token";
                            name: string;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Mails, newest first */
        get: {
            parameters: {
                query: {
                    cursor?: string;
                    incidentId?: string;
                    limit: number;
                    organizationId?: string;
                    to?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** Format: date-time */
                                at: string;
                                id: string;
                                incidentId: string | null;
                                organizationId: string | null;
                                /** @enum {string} */
                                state: "planned" | "held" | "sending" | "accepted" | "unknown" | "failed" | "delivered" | "bounced" | "skipped";
                                subject: string | null;
                                template: string;
                                to: string;
                            }[];
                            nextCursor: string | null;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One mail with its words */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** Format: date-time */
                            at: string;
                            attempts: number;
                            /** Format: date-time */
                            dueAt: string;
                            html: string | null;
                            id: string;
                            incidentId: string | null;
                            messageId: string | null;
                            organizationId: string | null;
                            reason: string | null;
                            secondCopy: boolean;
                            /** @enum {string} */
                            state: "planned" | "held" | "sending" | "accepted" | "unknown" | "failed" | "delivered" | "bounced" | "skipped";
                            subject: string | null;
                            template: string;
                            text: string | null;
                            to: string;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Organizations by name */
        get: {
            parameters: {
                query: {
                    cursor?: string;
                    limit: number;
                    plan?: string;
                    search?: string;
                    status?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                /** @enum {string} */
                                access: "full" | "read_only" | "none";
                                country: string;
                                /** Format: date-time */
                                createdAt: string;
                                id: string;
                                members: number;
                                mrr: {
                                    currency: string;
                                    minor: number;
                                };
                                name: string;
                                openIncidents: number;
                                plan: string;
                                status: string;
                                timezone: string;
                            }[];
                            nextCursor: string | null;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organizations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One organization, from each source */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {string} */
                            access: "full" | "read_only" | "none";
                            country: string;
                            /** Format: date-time */
                            createdAt: string;
                            currency: string;
                            facts: {
                                organizationId: string;
                                stripeCustomerId: string | null;
                            };
                            id: string;
                            invoices: {
                                error: string | null;
                                items: {
                                    amountMinor: number;
                                    /** Format: date-time */
                                    at: string;
                                    attempts: number;
                                    currency: string;
                                    description: string;
                                    id: string;
                                    nextAttemptAt: string | null;
                                    status: string;
                                }[];
                            };
                            lifecycle: {
                                next: {
                                    at: string | null;
                                    what: string;
                                }[];
                                /** Format: date-time */
                                since: string;
                                state: string;
                                why: string;
                            };
                            name: string;
                            owner: {
                                email: string;
                                name: string;
                            } | null;
                            plan: string;
                            salesPerDay: {
                                count: number;
                                day: string;
                            }[];
                            sources: {
                                error: string | null;
                                fields: {
                                    differs: boolean;
                                    field: string;
                                    label: string;
                                    organizationRow: string | null;
                                    stripe: string | null;
                                    subscriptionRow: string | null;
                                }[];
                                /** Format: date-time */
                                readAt: string;
                            };
                            status: string;
                            story: {
                                /** Format: date-time */
                                at: string;
                                incidentId: string | null;
                                /** @enum {string} */
                                kind: "billing" | "mail" | "incident" | "note";
                                text: string;
                            }[];
                            timezone: string;
                            usage: {
                                members: {
                                    limit: number | null;
                                    used: number;
                                };
                                products: {
                                    limit: number | null;
                                    used: number;
                                };
                                salesThisMonth: {
                                    limit: number | null;
                                    used: number;
                                };
                            };
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/signals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Raises a signal, which opens or joins the incident of its identity */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        correlation?: string;
                        identity: string;
                        organizationIds?: string[];
                        playbook?: string;
                        source: string;
                        summary: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            incidentId: string;
                            signalId: string;
                        };
                    };
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Live changes as server-sent events */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pay/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Leads a shop to Stripe to pay */
        get: {
            parameters: {
                query?: {
                    anyway?: "1";
                };
                header?: never;
                path: {
                    token: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pay/done": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where Stripe sends a shop back to */
        get: {
            parameters: {
                query?: {
                    changed?: "1";
                    link?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/stripe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Deliveries of Stripe
         * @description Raw bytes with the header `stripe-signature`. 200: the delivery is stored.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A problem */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description RFC 9457. Further fields hold ids and figures. */
        Problem: {
            /** @description One word for the kind of failure; does not change */
            code: string;
            /** @description What was wrong with this request */
            detail: string;
            requestId?: string;
            status: number;
            title: string;
            /** @description urn:tillkeeper:problem:<code> */
            type: string;
        } & {
            [key: string]: unknown;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
